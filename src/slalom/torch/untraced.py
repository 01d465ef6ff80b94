"""What torch.compile leaves to the interpreter: methods, and the groups of an optimizer."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import torch

F = TypeVar("F", bound=Callable[..., Any])


def untraced(method: F) -> F:
    """The method, at which a function that is compiled around it has a graph break.

    PyTorch loads its compiler when an optimizer is made; so it is asked for at the first call
    and not when this module is loaded.
    """
    disabled: list[Callable[..., Any]] = []

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not disabled:
            disabled.append(torch.compiler.disable(method))
        return disabled[0](*args, **kwargs)

    return cast("F", call)


class UntracedAttribute:
    """An attribute, at whose reading a function that is compiled has a graph break.

    PyTorch's compiler takes the groups of any optimizer for plain dicts, and fails where they are
    of another class. It looks at them itself, when it comes to their name in a function.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if sys._getframe(1).f_globals.get("__name__") == "torch._dynamo.variables.optimizer":
            from torch._dynamo.exc import Unsupported  # loaded by who asks

            raise Unsupported(
                f"{self._name} of a slalom.torch optimizer is not traced: read it outside of the "
                "compiled function, or compile without fullgraph=True",
                f"{self._name} of slalom.torch",
            )
        try:
            return instance.__dict__[self._name]
        except KeyError:
            raise AttributeError(
                f"{type(instance).__name__!r} object has no attribute {self._name!r}"
            ) from None

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self._name] = value

"""Methods that torch.compile leaves to the interpreter."""

from __future__ import annotations

import functools
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

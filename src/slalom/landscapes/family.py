"""Families of landscapes: one landscape for each set of parameters."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable
from typing import Any

from ..errors import SlalomError, clip, unknown
from ..immutable import immutable, is_immutable
from .landscape import Landscape

MAX_DIM = 100_000


class Family:
    """Makes the members of a family, and always the same object from equal parameters.

    Args:
        make: from parameters to a landscape. Each parameter has a default; an integer one stands
            for a whole number from 1 to `MAX_DIM`, another for a finite number.
    """

    def __init__(self, make: Callable[..., Landscape]):
        self.name = make.__name__
        parameters = inspect.signature(make).parameters
        self.defaults: dict[str, float] = {name: p.default for name, p in parameters.items()}
        self._make = make
        self._members: dict[tuple, Landscape] = {}

    def __call__(self, **parameters: float) -> Landscape:
        """The member with these parameters, the others at their defaults.

        Raises:
            SlalomError: an unknown parameter, or a value that is not allowed.
        """
        for name in parameters:
            if name not in self.defaults:
                raise SlalomError(unknown(f"parameter of {self.name}", name, self.defaults))
        values = {
            name: self._checked(name, parameters.get(name, default))
            for name, default in self.defaults.items()
        }
        key = tuple(values.values())
        if key not in self._members:
            member = self._make(**values)
            if is_immutable(self._make):
                immutable(member.function, member.defined)
            self._members[key] = dataclasses.replace(member, name=self._text(values), family=self)
        return self._members[key]

    def _checked(self, name: str, value: Any) -> float:
        try:
            number = math.nan if isinstance(value, str) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        whole = isinstance(self.defaults[name], int)
        if whole and number.is_integer() and 1 <= number <= MAX_DIM:
            return int(number)
        if not whole and math.isfinite(number):
            return number
        allowed = f"a whole number from 1 to {MAX_DIM}" if whole else "a finite number"
        raise SlalomError(f"{self.name}: {name} must be {allowed}, got {clip(repr(value))}")

    def _text(self, values: dict[str, float]) -> str:
        told = [
            f"{name}={repr(value).removesuffix('.0')}"
            for name, value in values.items()
            if value != self.defaults[name]
        ]
        return f"{self.name}({', '.join(told)})" if told else self.name


def family(make: Callable[..., Landscape]) -> Landscape:
    """A decorator: the maker of a family becomes the member with all parameters at default."""
    return Family(make)()

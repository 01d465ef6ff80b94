"""Functions of traced numbers, which give numbers, as Python's own do of its numbers.

The vocabulary of rules finds them by the `functions` of a number. The namespace of traced arrays
has functions of the same names, which give arrays, as NumPy's do.
"""

from __future__ import annotations

import math
from typing import Any

from .graph import operation
from .tracing import Number, cast, elementwise, promoted, value


def sqrt(a: Any) -> Any:
    """The square root."""
    return elementwise("sqrt", a)


def exp(a: Any) -> Any:
    """The exponential function."""
    return elementwise("exp", a)


def log(a: Any) -> Any:
    """The natural logarithm."""
    return elementwise("log", a)


def maximum(a: Any, b: Any) -> Any:
    """The larger of two; NaN if either is."""
    return elementwise("maximum", a, b)


def minimum(a: Any, b: Any) -> Any:
    """The smaller of two; NaN if either is."""
    return elementwise("minimum", a, b)


def where(condition: Any, then: Any, otherwise: Any) -> Number:
    """`then` if the condition holds, else `otherwise`.

    Raises:
        CannotTraceError: one of them is an array.
    """
    then, otherwise = value(then), value(otherwise)
    dtype = promoted(then, otherwise)
    inputs = [condition.node, cast(otherwise, dtype), cast(then, dtype)]
    return Number(operation("select", inputs, dtype.name))


def quotient(a: Any, b: Any) -> Number:
    """`a / b`, and 0 if both are 0."""
    infinite = where(_is_zero(a), 0.0, elementwise("copysign", math.inf, a))
    return where(_is_zero(b), infinite, a / where(_is_zero(b), 1.0, b))


def _is_zero(a: Any) -> Any:
    return elementwise("equal", a, 0.0)

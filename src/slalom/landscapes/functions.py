"""Elementary functions of numbers and of NumPy, JAX and PyTorch arrays alike.

With them a formula looks like the formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from array_api_compat import array_namespace


def is_number(x: Any) -> bool:
    """Whether x is a plain number of Python.

    An np.float64 is not, though it is an instance of float: it overflows as arrays do.
    """
    return type(x) is float or type(x) is int


def _elementwise(name: str) -> Callable[[Any], Any]:
    of_number = getattr(math, name)

    def function(x):
        if is_number(x):
            return float(of_number(x))
        return getattr(array_namespace(x), name)(x)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{name}` of a number, or of each element of an array."
    return function


sin, cos, tan = _elementwise("sin"), _elementwise("cos"), _elementwise("tan")
asin, acos, atan = _elementwise("asin"), _elementwise("acos"), _elementwise("atan")
sinh, cosh, tanh = _elementwise("sinh"), _elementwise("cosh"), _elementwise("tanh")
exp, floor, sqrt = _elementwise("exp"), _elementwise("floor"), _elementwise("sqrt")
log, log2, log10 = _elementwise("log"), _elementwise("log2"), _elementwise("log10")


def sign(x):
    """-1, 0 or 1, the sign of a number or of each element of an array."""
    if is_number(x):
        return float((x > 0) - (x < 0))
    return array_namespace(x).sign(x)


def absolute(x):
    """|x|, with derivative 0 at 0 in every library: Python's `abs` gets 1 there from JAX."""
    return x * sign(x)


def minimum(a, b):
    """The smaller of two, elementwise; numbers and arrays may be mixed."""
    return _either("minimum", min, a, b)


def maximum(a, b):
    """The larger of two, elementwise; numbers and arrays may be mixed."""
    return _either("maximum", max, a, b)


def safe_root(s):
    """The root of s, and 0 with derivative 0 where s <= 0.

    There the root's own derivative, infinity or NaN, would poison what it is multiplied with.
    """
    xp = array_namespace(s)
    none = s <= 0  # and not ~(s > 0), which would turn NaN into 0
    return xp.where(none, 0.0, xp.sqrt(xp.where(none, 1.0, s)))


def _either(name: str, of_numbers: Callable[..., float], a, b):
    if is_number(a) and is_number(b):
        return of_numbers(a, b)
    xp = array_namespace(a, b)
    if is_number(a):
        a = xp.zeros_like(b) + a  # and not full_like, which PyTorch refuses for a too large number
    if is_number(b):
        b = xp.zeros_like(a) + b
    return getattr(xp, name)(a, b)

"""The words that update rules are written in, for one array as for `Leaves`.

A number may stand beside an array in all of them. `dot`, `norm`, `total` and `each` are words too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from array_api_compat import array_namespace

from ..types import Number
from .leaves import Array, Leaves, dtype_of, each, is_real, matched, namespace, widened
from .leaves import dot as dot
from .leaves import norm as norm
from .leaves import total as total
from .norms import root_of_array

Axes = int | tuple[int, ...] | None
"""One axis, several, or all of them."""


def ema(decay: Number, mean: Array, value: Array) -> Array:
    """The exponential moving average after one more value: `decay mean + (1 - decay) value`."""
    return decay * mean + (1 - decay) * value


def debias(mean: Array, decay: Number, t: Any) -> Array:
    """An average that began at 0 after `t` values, made unbiased: `mean / (1 - decay^t)`.

    `mean` may be what the average is multiplied by instead, such as the rate.
    """
    return mean / (1 - decay**t)


def root(square: Array, eps: Number, inside: bool) -> Array:
    """A denominator kept from 0: `sqrt(square + eps)` if `inside`, else `sqrt(square) + eps`."""
    sqrt = namespace(square).sqrt
    return sqrt(square + eps) if inside else sqrt(square) + eps


def zeros(x: Array) -> Array:
    """Zeros in the shape, dtype and place of `x`."""
    return namespace(x).zeros_like(x)


def full(x: Array, value: Number) -> Array:
    """An array of `value` in the shape, dtype and place of `x`."""
    return zeros(x) + value


def copied(x: Array) -> Array:
    """The values of `x` in memory of their own: a state must not share that of a parameter."""
    return zeros(x) + x


def one(x: Array | Leaves) -> Array:
    """A scalar array, 1, in the dtype and place of `x`.

    Of leaves it is one scalar, which they share: in the widest of their dtypes, float32 at
    least, where the first leaf lies.
    """
    dtype = dtype_of(x)
    x = x[0] if isinstance(x, Leaves) else x
    xp = namespace(x)
    return xp.ones_like(xp.sum(x), dtype=dtype)


def machine_epsilon(x: Array | Leaves) -> float:
    """The distance from 1 to the next number of the dtype of `x`; of leaves, of the widest."""
    like = x[0] if isinstance(x, Leaves) else x
    return float(namespace(like).finfo(dtype_of(x)).eps)


def sqrt(a: Array) -> Array:
    """The square root."""
    return _functions_for(a).sqrt(a)


def exp(a: Array) -> Array:
    """The exponential function, `e^a`."""
    return _functions_for(a).exp(a)


def log(a: Array) -> Array:
    """The natural logarithm."""
    return _functions_for(a).log(a)


def _functions_for(a: Array) -> Any:
    if isinstance(a, Leaves) or hasattr(a, "dtype"):  # NumPy's scalars too, which are floats
        return namespace(a)
    return functions_of(a)


def sign(a: Array) -> Array:
    """-1, 0 or 1, by component."""
    return each(_sign)(a)


def _sign(a: Array) -> Array:
    if hasattr(a, "is_cuda"):
        return a.sign()  # array_api_compat's writes in place, which no sharded tensor allows
    return array_namespace(a).sign(a)


def where(condition: Array, then: Array, otherwise: Array) -> Array:
    """`then` where the condition holds, else `otherwise`, by component."""
    return each(_where)(condition, then, otherwise)


def _where(condition: Array, then: Array, otherwise: Array) -> Array:
    if isinstance(condition, bool):
        return then if condition else otherwise
    like = _array_of(then, otherwise)
    if like is None:
        return functions_of(condition).where(condition, then, otherwise)
    return array_namespace(like).where(condition, *_arrays(then, otherwise))


def larger(a: Array, b: Array) -> Array:
    """The larger of two, by component; NaN where either is."""
    return each(_larger)(a, b)


def _larger(a: Array, b: Array) -> Array:
    a, b = _arrays(a, b)
    like = _array_of(a, b)
    functions = functions_of(a, b) if like is None else array_namespace(like)
    return functions.maximum(a, b)


def smaller(a: Array, b: Array) -> Array:
    """The smaller of two, by component; NaN where either is."""
    return each(_smaller)(a, b)


def _smaller(a: Array, b: Array) -> Array:
    a, b = _arrays(a, b)
    like = _array_of(a, b)
    functions = functions_of(a, b) if like is None else array_namespace(like)
    return functions.minimum(a, b)


def clip(a: Array, low: Number, high: Number) -> Array:
    """`a` kept between two numbers, by component: `min(max(a, low), high)`."""
    return each(lambda a, low, high: array_namespace(a).clip(a, low, high))(a, low, high)


def _arrays(a: Array, b: Array) -> tuple[Array, Array]:
    """Both as arrays of one dtype, if either is one: a number, or a scalar, has the other's."""
    if hasattr(a, "dtype") and hasattr(b, "dtype"):
        if a.dtype != b.dtype and is_real(a) and is_real(b):
            return (matched(a, b), b) if a.shape == () and b.shape else (a, matched(b, a))
        return a, b
    if hasattr(a, "is_cuda"):  # PyTorch's functions of two arrays take no numbers
        return a, array_namespace(a).asarray(b, dtype=a.dtype)
    if hasattr(b, "is_cuda"):
        return array_namespace(b).asarray(a, dtype=b.dtype), b
    return a, b  # where a number does not promote


def _array_of(*values: Array) -> Array | None:
    """The first array among numbers."""
    return next((a for a in values if hasattr(a, "dtype")), None)


def quotient(a: Array, b: Array) -> Array:
    """`a / b`, and 0 where both are 0."""
    return each(_quotient)(a, b)


def _quotient(a: Array, b: Array) -> Array:
    a, b = _arrays(a, b)
    if _array_of(a, b) is None:
        return functions_of(a, b).quotient(a, b)
    # no division by 0, and no 0 times infinity: NumPy warns of both
    infinite = _where(a == 0, 0.0, _where(a == 0, 1.0, a) * math.inf)
    return _where(b == 0, infinite, a / _where(b == 0, 1.0, b))


class PythonNumbers:
    """The functions of numbers that are no arrays."""

    sqrt, exp, log = staticmethod(math.sqrt), staticmethod(math.exp), staticmethod(math.log)

    @staticmethod
    def maximum(a: float, b: float) -> float:
        """The larger one; NaN if either is."""
        return a if a > b or a != a else b

    @staticmethod
    def minimum(a: float, b: float) -> float:
        """The smaller one; NaN if either is."""
        return a if a < b or a != a else b

    @staticmethod
    def where(condition: Any, then: float, otherwise: float) -> Any:
        """Not of numbers alone, as the condition is an array."""
        raise TypeError("where takes at least one array beside its condition")

    @staticmethod
    def quotient(a: float, b: float) -> float:
        """`a / b`, and 0 where both are 0."""
        return a / b if b else (math.copysign(math.inf, a) if a else 0.0)


def functions_of(*numbers: Number) -> Any:
    """The functions of numbers that are no arrays: Python's, or what traced ones bring along."""
    return next((n.functions for n in numbers if hasattr(n, "functions")), PythonNumbers)


def mean(a: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    """The mean along some axes, or of all components; of leaves that of each, in Leaves."""
    return each(_mean)(a, axis=axis, keepdims=keepdims)


def _mean(a: Array, axis: Axes, keepdims: bool) -> Array:
    xp = array_namespace(a)
    mean = xp.mean if 0 not in a.shape else xp.sum  # NumPy warns of the mean of nothing
    return xp.astype(mean(widened(a), axis=axis, keepdims=keepdims), a.dtype, copy=False)


def rms(a: Array) -> Array:
    """The root mean square of all components; of leaves that of each, in Leaves."""
    return each(_rms)(a)


def _rms(a: Array) -> Array:
    xp = array_namespace(a)
    count = max(math.prod(a.shape), 1)
    return xp.astype(root_of_array(a, count), a.dtype, copy=False)


def when(condition: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """What one of two functions gives, of which only that one is computed.

    Both give the same structure of arrays. Where the condition is traced by JAX it is
    `jax.lax.cond`; elsewhere a plain `if`. A wrapper takes no `step()` inside.

    Args:
        condition: a boolean, or a boolean array without dimensions.
        then: called where it holds.
        otherwise: called where it does not.
    """
    for is_traced, conditional in CONDITIONALS:
        if is_traced(condition):
            return conditional(condition, then, otherwise)
    return then() if condition else otherwise()


CONDITIONALS: list[tuple[Callable[[Any], bool], Callable[..., Any]]] = []
"""For each engine that traces: whether a condition is one of its own, and its conditional."""

"""Roots of sums of squares, where no square overflows or underflows on the way.

The plain formula fails far inside a dtype: in float32 the square of 1e20 is infinite and that of
1e-25 is 0, in float64 those of 1e160 and 1e-170. So components are first multiplied by one of three
powers of two, which rounds nothing, chosen by the largest of them: the bands of Blue, "A portable
Fortran program to find the Euclidean norm of a vector", 1978. In the middle band it is 1: this is
the plain formula to the bit. What is so small beside the largest that its square underflows does
not change the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from array_api_compat import array_namespace

from ..types import Array
from . import sharded

LIMITS = {32: (2.0**40, 2.0**84), 64: (2.0**320, 2.0**672)}
"""By the bits of a dtype: the top of the middle band, and the factor of the lower one, that of the
upper one being its reciprocal. Sums of up to 2^39 squares are in range in each band."""

Reduced = Callable[[list[Array]], Array]


def root_of_array(a: Array, count: int | None = None, **axes: Any) -> Array:
    """The root of the sum of the squares of one array, or of their mean.

    Args:
        a: any real array.
        count: divide the sum by it, for a root mean square.
        axes: `axis` and `keepdims` of the sum.
    """
    xp = array_namespace(a)
    return root_of_squares(
        [a],
        lambda parts: xp.sum(parts[0], **axes),
        lambda parts: sharded.largest(parts[0], **axes),
        count,
    )


def root_of_squares(
    parts: Sequence[Array], total: Reduced, largest: Reduced, count: int | None = None
) -> Array:
    """The root of the sum of the squares of some arrays, or of their mean.

    Args:
        parts: real arrays.
        total: adds up the squares: of all components, or along some axes.
        largest: gives the largest of their absolute values, along the same axes.
        count: divide the sum by it, for a root mean square.

    Returns:
        What `total` gives, in the dtype of the sum: float32 at least.
    """
    xp = array_namespace(*parts)
    # kernels add up in float64 whatever the dtype is, and traced arrays say so
    dtype = xp.result_type(getattr(xp, "dtype_of_sums", xp.float32), *{a.dtype for a in parts})
    wide = [xp.astype(a, dtype, copy=False) for a in parts]
    filled = [abs(a) for a in wide if 0 not in a.shape]
    if not filled or _are_squares_in_range(xp, {a.dtype for a in parts}, dtype):
        return _root(xp, total([a * a for a in wide]), count)
    factor = _factor(xp, largest(filled))
    # chosen after the product: XLA makes (f a) (f a) of two factors (f f) (a a)
    scaled = [xp.where(factor == 1, a, a * factor) for a in wide]
    return _root(xp, total([a * a for a in scaled]), count) / factor


def norm_along(a: Array, axes: tuple[int, ...]) -> Array:
    """The Euclidean norms along some axes, which stay with length 1; in float32 at least."""
    return root_of_array(a, axis=axes, keepdims=True)


def _root(xp: Any, square: Array, count: int | None) -> Array:
    return xp.sqrt(square if count is None else square / count)


def _are_squares_in_range(xp: Any, given: set[Any], dtype: Any) -> bool:
    """Whether a dtype holds all squares of others, those of the smallest numbers too."""
    limit = max(float(xp.finfo(one).max) for one in given)
    return limit * limit < float(xp.finfo(dtype).max)


def _factor(xp: Any, size: Array) -> Array:
    """What to multiply components by, of which the largest has this size."""
    top, factor = LIMITS.get(xp.finfo(size.dtype).bits, LIMITS[64])
    one = xp.ones_like(size)
    upwards = xp.where(size < 1 / top, one * factor, one)
    return xp.where(size < top, upwards, one / factor)

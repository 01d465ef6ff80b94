"""Roots of sums of squares, where no square overflows or underflows on the way.

The plain formula fails far inside a dtype: in float32 the square of 1e20 is infinite and that of
1e-25 is 0, in float64 those of 1e160 and 1e-170. So the sum is made in three bands, each of which
cuts the components off at its top and multiplies them by a power of two, which rounds nothing
(Blue, "A portable Fortran program to find the Euclidean norm of a vector", 1978). The narrowest
band whose top the norm stays below has cut nothing off. The middle one, with factor 1, is the plain
formula to the bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from array_api_compat import array_namespace

from ..types import Array

LIMITS = {32: (2.0**40, 2.0**84), 64: (2.0**320, 2.0**672)}
"""By the bits of a dtype: the top of the middle band, and the factor of the others. Sums of up to
2^39 squares are in range in each band."""


def root_of_squares(
    parts: Sequence[Array], total: Callable[[list[Array]], Array], count: int | None = None
) -> Array:
    """The root of the sum of the squares of some arrays, or of their mean.

    Args:
        parts: real arrays.
        total: adds up the squares: of all components, or along some axes.
        count: divide the sum by it, for a root mean square.

    Returns:
        What `total` gives, in the dtype of the sum: float32 at least.
    """
    xp = array_namespace(*parts)
    # kernels add up in float64 whatever the dtype is, and traced arrays say so
    dtype = xp.result_type(getattr(xp, "dtype_of_sums", xp.float32), *{a.dtype for a in parts})
    wide = [xp.astype(a, dtype, copy=False) for a in parts]
    found = None
    for top, factor in _bands(xp, {a.dtype for a in parts}, dtype):
        scaled = [_scaled(xp, a, top, factor) for a in wide]
        square = total([a * a for a in scaled])
        length, mean = xp.sqrt(square), square if count is None else square / count
        root = length if count is None else xp.sqrt(mean)
        if factor != 1:
            length, root = length / factor, root / factor
        found = root if found is None else xp.where(length < top, root, found)
    assert found is not None
    return found


def norm_along(a: Array, axes: tuple[int, ...]) -> Array:
    """The Euclidean norms along some axes, which stay with length 1; in float32 at least."""
    xp = array_namespace(a)
    return root_of_squares([a], lambda squares: xp.sum(squares[0], axis=axes, keepdims=True))


def _scaled(xp: Any, a: Array, top: float, factor: float) -> Array:
    """The components times a power of two, cut off at a top."""
    inside = abs(a) < top
    cut = a if top == math.inf else xp.where(inside, a, top)
    if factor == 1:
        return cut
    # chosen after the product, not before: XLA makes (f a) (f a) of two factors (f f) (a a)
    return xp.where(inside, cut * factor, a if top == math.inf else top * factor)


def _bands(xp: Any, given: set[Any], dtype: Any) -> Sequence[tuple[float, float]]:
    """The top and the factor of each band, the widest first."""
    limit = max(float(xp.finfo(one).max) for one in given)
    if limit * limit < float(xp.finfo(dtype).max):
        return ((math.inf, 1.0),)  # all squares are in range, those of the smallest numbers too
    top, factor = LIMITS.get(xp.finfo(dtype).bits, LIMITS[64])
    return ((math.inf, 1 / factor), (top, 1.0), (1 / top, factor))

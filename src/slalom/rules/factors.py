"""A second moment of a matrix as one row and one column: `r c / mean(r)` in its place."""

from __future__ import annotations

from .leaves import Array
from .rule import Number
from .vocabulary import ema, mean, sqrt, zeros


def factors(x: Array) -> tuple[Array, Array]:
    """Zeros for the moments of an array's last two axes: (…, rows, 1) and (…, 1, columns)."""
    return zeros(x[..., :, :1]), zeros(x[..., :1, :])


def renewed(decay: Number, r: Array, c: Array, q: Array) -> tuple[Array, Array]:
    """The averages of the means of `q` along rows, and along columns, after one more of it."""
    return (
        ema(decay, r, mean(q, axis=-1, keepdims=True)),
        ema(decay, c, mean(q, axis=-2, keepdims=True)),
    )


def over(g: Array, r: Array, c: Array) -> Array:
    """`g / sqrt(r c / mean(r))`, with one root after the other, whose product may underflow."""
    return g / sqrt(r / mean(r, axis=-2, keepdims=True)) / sqrt(c)

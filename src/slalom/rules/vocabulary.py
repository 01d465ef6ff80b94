"""The words that update rules are written in."""

from __future__ import annotations

from typing import Any

from .rule import Array, Number, namespace


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


def one(x: Array) -> Array:
    """A scalar array, 1, in the dtype and place of `x`."""
    xp = namespace(x)
    return xp.ones_like(xp.sum(x), dtype=x.dtype)

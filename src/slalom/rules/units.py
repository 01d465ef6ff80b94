"""Words for rules that treat the weights of each output by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from array_api_compat import array_namespace

from .leaves import Array
from .norms import root_of_squares

if TYPE_CHECKING:
    from .rule import Leaf


def input_axes(leaf: Leaf) -> tuple[int, ...]:
    """The axes of a parameter along which the weights of one output lie.

    All axes but that of the outputs; all of them where there are fewer than two.
    """
    axes = range(len(leaf.shape))
    return tuple(axes) if len(axes) < 2 else other_axes(leaf, leaf.outputs)


def other_axes(leaf: Leaf, axis: int) -> tuple[int, ...]:
    """All axes of a parameter but one."""
    count = len(leaf.shape)
    return tuple(i for i in range(count) if i != axis % count)


def norms(a: Array, axes: tuple[int, ...]) -> Array:
    """The Euclidean norms along some axes, which stay with length 1, as `norm` computes one."""
    xp = array_namespace(a)
    found = root_of_squares([a], lambda squares: xp.sum(squares[0], axis=axes, keepdims=True))
    return xp.astype(found, a.dtype, copy=False)

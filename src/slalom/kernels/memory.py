"""Where arrays lie in memory: their addresses, their bounds, and whether any two overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import SlalomError


class Piece(NamedTuple):
    """An array and what errors call it."""

    label: str
    array: np.ndarray


class Table(np.ndarray):
    """An array that machine code reads at every step, which knows where it lies.

    To ask NumPy for the address takes a microsecond.
    """

    place: int = 0
    """the address of the first element; 0 for a view of a table, which has another"""


def table(array: np.ndarray) -> Table:
    """The array as a table."""
    found = array.view(Table)
    found.place = address(array)
    return found


def address(array: np.ndarray) -> int:
    """Where the first element lies."""
    known = array.place if type(array) is Table else 0
    return known or array.__array_interface__["data"][0]


def bounds(array: np.ndarray) -> tuple[int, int]:
    """The lowest address of an array, and the one after its highest."""
    begin = address(array)
    if array.flags.c_contiguous:
        return begin, begin + array.nbytes
    reach = [(n - 1) * step for n, step in zip(array.shape, array.strides, strict=True)]
    below, above = sum(r for r in reach if r < 0), sum(r for r in reach if r > 0)
    return begin + below, begin + above + array.itemsize


def overlaps_itself(array: np.ndarray) -> bool:
    """Whether two elements of an array may lie in one place, as in a broadcast view."""
    spans = sorted((abs(s), n) for s, n in zip(array.strides, array.shape, strict=True) if n > 1)
    reach = array.itemsize
    for step, n in spans:
        if step < reach:
            return array.size > 0
        reach = step * (n - 1) + reach
    return False


def is_flat(arrays: Sequence[np.ndarray]) -> bool:
    """Whether the arrays, of one shape, lie without gaps and in one order of elements."""
    if not all(a.flags.aligned for a in arrays):
        return False
    if all(a.flags.c_contiguous for a in arrays):
        return True
    orders = {tuple(s for n, s in zip(a.shape, a.strides, strict=True) if n > 1) for a in arrays}
    begin, end = bounds(arrays[0])
    is_dense = end - begin == arrays[0].nbytes and not overlaps_itself(arrays[0])
    return len(orders) == 1 and is_dense and min(orders.pop()) > 0


class WrittenRegions:
    """The memory that is written to, and whether other arrays reach into it.

    Raises:
        SlalomError: two of the pieces overlap.
    """

    def __init__(self, pieces: Sequence[Piece]):
        full = [(*bounds(p.array), p) for p in pieces if p.array.size]
        full.sort(key=lambda item: item[:2])
        self._pieces = [piece for _, _, piece in full]
        self._begins = np.array([begin for begin, _, _ in full], np.int64)
        # the farthest end so far: increasing, so that it can be searched, and beyond which
        # no earlier piece reaches
        self._ends = np.maximum.accumulate(np.array([end for _, end, _ in full], np.int64))
        for k in np.flatnonzero(self._begins[1:] < self._ends[:-1]) + 1:
            first = int(np.searchsorted(self._ends, self._begins[k], side="right"))
            self._refuse(self._pieces[int(k)], range(first, int(k)))

    def refuse(
        self,
        begins: np.ndarray,
        ends: np.ndarray,
        others: Callable[[], Sequence[np.ndarray]],
        label: str,
    ) -> None:
        """Raise where another array, with bounds `begins` and `ends`, reaches in.

        Raises:
            SlalomError: the array and the piece that share memory.
        """
        first = np.searchsorted(self._ends, begins, side="right")
        last = np.searchsorted(self._begins, ends, side="left")
        for k in np.flatnonzero(first < last):
            other = Piece(f"{label} {k}", others()[int(k)])
            self._refuse(other, range(int(first[k]), int(last[k])))

    def _refuse(self, other: Piece, near: range) -> None:
        """Bounds may cross where elements do not: columns of one matrix, for one."""
        for piece in (self._pieces[k] for k in near):
            if np.shares_memory(other.array, piece.array):
                raise SlalomError(
                    f"{other.label} and {piece.label} overlap in memory: each needs its own"
                )


class Gradients(NamedTuple):
    """The gradients of a step, as another library holds them.

    Their layouts are compared with the last step's; only new ones are looked at as arrays.
    """

    begins: list[int]
    """the address of each"""
    layouts: list[Any]
    """what says the shape, the strides and the dtype of each: equal if these are"""
    arrays: Callable[[], Sequence[np.ndarray]]

    @classmethod
    def of(cls, grads: Sequence) -> Gradients:
        """NumPy's arrays.

        Raises:
            SlalomError: one is something else.
        """
        for g in grads:
            if not isinstance(g, np.ndarray):
                raise SlalomError(f"a gradient must be a NumPy array, got {type(g).__name__}")
        layouts = [(g.shape, g.strides, g.dtype) for g in grads]
        return cls([address(g) for g in grads], layouts, lambda: grads)

"""The arrays of all leaves as tables of addresses, checked once and used at every step."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any, NamedTuple

import numpy as np

from ..errors import SlalomError
from ..lowering import Kind, tree
from .kernel import Kernel
from .memory import (
    Gradients,
    Piece,
    WrittenRegions,
    address,
    bounds,
    is_flat,
    overlaps_itself,
    table,
)
from .work import Work

SUM_PIECE = 1 << 15  # elements; a fixed size, so that sums do not depend on the number of threads


class Layout(NamedTuple):
    """How the gradients of a step lie, in shape and strides, beside what they move."""

    seen: list[Any]
    """what says the shape, the strides and the dtype of each gradient"""
    offsets: np.ndarray
    """how many elements the leaves before each one have, of those that lie flat in memory"""
    strided: list[int]
    """the leaves that do not"""
    starts: np.ndarray
    """how many pieces the sums of the leaves before each one have: one of a strided leaf"""
    reach: np.ndarray
    """from the address of each gradient to its bounds, shape (2, leaves)"""


class Leaves:
    """Parameters and states that a kernel steps.

    Args:
        kernel: what steps them.
        dtype: what all of them have.
        params: one array for each leaf.
        states: the rule's state of each; what all share is the same array in all of them.

    Raises:
        SlalomError: a shape, a dtype or a state that does not fit, an array that cannot be
            written to, or two that overlap.
    """

    def __init__(self, kernel: Kernel, dtype: np.dtype, params: Sequence, states: Sequence):
        self.kernel, self.dtype = kernel, dtype
        self.params, self.states = list(params), list(states)
        pairs = enumerate(zip(params, states, strict=True))
        leaves = [self._checked(i, x, state) for i, (x, state) in pairs]
        kinds = [Kind.ELEMENT, *(entry.node.kind for entry in kernel.formula.entries)]
        shared = _shared(_chosen(leaves, kinds, Kind.TREE))
        arrays, scalars = (_chosen(leaves, kinds, kind) for kind in (Kind.ELEMENT, Kind.LEAF))
        pieces = [shared, *arrays, *scalars]
        self._written = WrittenRegions([piece for some in pieces for piece in some])
        self.arrays = [[piece.array for piece in leaf] for leaf in arrays]
        self.scalars, self.shared = table(_addresses(scalars)), table(_addresses([shared])[0])
        self.addresses = table(_addresses(arrays))
        sizes = [x.size for x in self.params]
        self.numbers = table(np.empty(len(kernel.formula.numbers)))
        is_alike = kernel.plan.is_simple and not self.scalars.size
        self.rows = table(np.empty((1 if is_alike else len(self.params), kernel.width)))
        tables = (self.numbers, self.scalars, self.shared, self.rows)
        self.before = (*map(address, tables), len(self.rows))
        """what is given to the functions that compute what a pass takes from before it"""
        self.work: Work | None = None
        """the last step's, where it can be used again"""
        self.sizes = table(np.array([*sizes, sum(sizes)], np.float64))
        self._last: tuple[list[int], np.ndarray, Layout]
        self._last = [], np.empty(0, np.int64), self._lay(self.params, [])

    def are(self, kernel: Kernel, params: Sequence, states: Sequence) -> bool:
        """Whether these very arrays are meant."""
        return kernel is self.kernel and _same(params, self.params) and _same(states, self.states)

    def gradients(self, grads: Gradients) -> tuple[np.ndarray, Layout]:
        """The addresses of a step's gradients, and how they lie.

        Raises:
            SlalomError: a shape or a dtype that does not fit, or a gradient that overlaps what
                is written to.
        """
        last, begins, layout = self._last
        if last == grads.begins and layout.seen == grads.layouts:
            return begins, layout  # the allocator often gives the same memory again
        begins = table(np.array(grads.begins, np.int64))
        if grads.layouts != layout.seen or (begins % self.dtype.alignment).any():
            layout = self._lay(grads.arrays(), grads.layouts)
        below, above = layout.reach
        self._written.refuse(begins + below, begins + above, grads.arrays, "gradient")
        self._last = grads.begins, begins, layout
        return begins, layout

    def _lay(self, grads: Sequence[np.ndarray], seen: list[Any]) -> Layout:
        for i, (g, x) in enumerate(zip(grads, self.params, strict=True)):
            _check_array(f"gradient {i}", g, self.dtype, x.shape)
        flat = [is_flat([g, *arrays]) for g, arrays in zip(grads, self.arrays, strict=True)]
        sizes = [x.size if f else 0 for x, f in zip(self.params, flat, strict=True)]
        pieces = [-(-n // SUM_PIECE) if f else 1 for n, f in zip(sizes, flat, strict=True)]
        reach = [np.subtract(bounds(g), address(g)) for g in grads]
        return Layout(
            seen,
            _begins(sizes),
            [i for i, f in enumerate(flat) if not f and self.params[i].size],
            _begins(pieces),
            np.array(reach, np.int64).reshape(-1, 2).T,
        )

    def _checked(self, number: int, x: Any, state: Any) -> list[Piece]:
        """The parameter and the entries of its state."""
        formula = self.kernel.formula
        found = [_writable(f"parameter {number}", x, self.dtype)]
        if tree.structure(state) != formula.structure:
            raise SlalomError(
                f"state {number} is not one of this rule with these conventions; the first one "
                "is what its begin gives"
            )
        for entry, array in zip(formula.entries, tree.leaves(state), strict=True):
            shape = x.shape if entry.is_array else ()
            found.append(_writable(f"state {number}, {entry.path}", array, self.dtype, shape))
        return found


def _begins(counts: Sequence[int]) -> np.ndarray:
    """The sum of the counts before each one, and last the sum of all."""
    return table(np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64))


def _same(some: Sequence, others: Sequence) -> bool:
    return len(some) == len(others) and all(map(is_, some, others))


def _chosen(
    leaves: Sequence[Sequence[Piece]], kinds: Sequence[Kind], kind: Kind
) -> list[list[Piece]]:
    return [[p for p, one in zip(leaf, kinds, strict=True) if one is kind] for leaf in leaves]


def _shared(leaves: Sequence[Sequence[Piece]]) -> Sequence[Piece]:
    """What all leaves share, as the first one has it.

    Raises:
        SlalomError: another leaf has another array.
    """
    first = leaves[0] if leaves else []
    for leaf in leaves:
        for piece, one in zip(leaf, first, strict=True):
            if piece.array is not one.array:
                raise SlalomError(f"{piece.label} must be the array of {one.label}: they share it")
    return first


def _addresses(rows: Sequence[Sequence[Piece]]) -> np.ndarray:
    """The addresses of arrays, shape (leaves, arrays of each)."""
    width = len(rows[0]) if rows else 0
    found = [[address(piece.array) for piece in row] for row in rows]
    return np.array(found, np.int64).reshape(len(rows), width)


def _writable(label: str, array: Any, dtype: np.dtype, shape: tuple | None = None) -> Piece:
    _check_array(label, array, dtype, shape)
    if not array.flags.writeable:
        raise SlalomError(f"{label} is read-only: a fused step writes in place")
    if overlaps_itself(array):
        raise SlalomError(f"{label} overlaps itself in memory: each element needs its own place")
    return Piece(label, array)


def _check_array(label: str, array: Any, dtype: np.dtype, shape: tuple | None) -> None:
    if not isinstance(array, np.ndarray):
        raise SlalomError(f"{label} must be a NumPy array, got {type(array).__name__}")
    if array.dtype != dtype:
        raise SlalomError(f"{label} must be {dtype}, got {array.dtype}")
    if shape is not None and array.shape != shape:
        raise SlalomError(f"{label} must have the shape {shape}, got {array.shape}")

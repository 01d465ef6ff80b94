"""One step by a kernel: its passes over the elements of all leaves, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from .crew import Team
from .leaves import SUM_PIECE, Layout, Leaves
from .machine import Function
from .memory import Gradients, address, table
from .work import Work, steps, sums

PIECE = 1 << 16  # elements; less than this is not worth waking a thread for
PIECES = 8  # for each thread, so that one that is held up leaves its share to the others
BLOCK = 1 << 13  # elements of a strided array that are copied at a time, within the cache
JOINS = {"sum": np.add, "max": np.maximum, "min": np.minimum}


class Step(NamedTuple):
    """A step that is checked and yet to be taken.

    Attributes:
        leaves: the parameters and their states.
        gradients: the gradients.
        places: their addresses.
        layout: how they lie, beside what they move.
        numbers: t and every hyperparameter.
        team: who steps.
        threads: at most so many.
    """

    leaves: Leaves
    gradients: Gradients
    places: np.ndarray
    layout: Layout
    numbers: np.ndarray
    team: Team
    threads: int

    def take(self) -> None:
        """Write the parameters and the states after the step in the place of those before."""
        if not self.leaves.params:
            return
        loop, rows = self.leaves.kernel.loop, self._rows()
        self.team.run(self._work(), self.threads)
        for leaf, arrays in self._strided():
            advance_strided(loop, arrays, rows[min(leaf, len(rows) - 1) :])

    def _work(self) -> Work:
        """The step of what lies flat; that of the step before, where it reads the same tables.

        A step of one piece alone: of others a thread may still look at the last one's table.
        """
        leaves, last = self.leaves, self.leaves.work
        if last is not None and last.reads(self.places, self.layout.offsets):
            return last.again()
        piece = max(PIECE, int(self.layout.offsets[-1]) // (PIECES * self.threads))
        made = steps(leaves.kernel.loop, *self._tables, leaves.rows, piece)
        leaves.work = made if made.pieces < 2 else None
        return made

    @property
    def _tables(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.leaves.addresses, self.places, self.layout.offsets

    def _strided(self) -> Iterator[tuple[int, list[np.ndarray]]]:
        """The leaves that do not lie flat: their numbers, and their arrays, the gradient first."""
        for leaf in self.layout.strided:
            yield leaf, [self.gradients.arrays()[leaf], *self.leaves.arrays[leaf]]

    def _rows(self) -> np.ndarray:
        """What the last loop takes from before it: a row for all leaves, or one for each."""
        leaves, kernel = self.leaves, self.leaves.kernel
        leaves.numbers[:] = self.numbers
        if kernel.plan.is_simple:
            kernel.prepares[0](*leaves.before)
        else:
            self._reduce()
        return leaves.rows

    def _reduce(self) -> None:
        """Make all passes of sums, and what is computed before and after them."""
        kernel, leaves, starts = self.leaves.kernel, self.leaves, self.layout.starts
        found = np.empty((len(leaves.params), len(kernel.plan.reductions)))
        partials = np.empty((0, 0))
        given = (*leaves.before, address(leaves.sizes), address(starts))
        for number, one in enumerate(kernel.plan.passes):
            kernel.prepares[number](*given, address(partials), address(found))
            if one.reductions:
                partials = table(np.empty((int(starts[-1]), len(one.reductions))))
                self._sum(kernel.reduces[number], leaves.rows, partials)
                joins = [JOINS[r.operation.removeprefix("tree_")] for r in one.reductions]
                for leaf, arrays in self._strided():
                    sums_of_leaf = reduce_strided(
                        kernel.reduces[number], arrays, leaves.rows[leaf:], joins
                    )
                    partials[starts[leaf]] = sums_of_leaf

    def _sum(self, loop: Function, rows: np.ndarray, partials: np.ndarray) -> None:
        """The sums of all pieces of what lies flat."""
        tables = (*self._tables, rows, self.layout.starts, partials)
        self.team.run(sums(loop, *tables, SUM_PIECE), self.threads)


def advance_strided(loop: Function, arrays: Sequence[np.ndarray], rows: np.ndarray) -> None:
    """Step one leaf through small copies of what does not lie flat; the gradient comes first."""
    for block in _blocks(arrays, "readwrite"):
        g, *rest = (address(a) for a in block)
        offsets = np.array([0, len(block[0])])
        steps(loop, np.array([rest]), np.array([g]), offsets, rows, BLOCK).run()


def reduce_strided(
    loop: Function, arrays: Sequence[np.ndarray], rows: np.ndarray, joins: Sequence[np.ufunc]
) -> list[float]:
    """The sums of one leaf, as `advance_strided` steps it."""
    starts, found = np.array([0, 1]), []
    for block in _blocks(arrays, "readonly"):
        g, *rest = (address(a) for a in block)
        offsets, partials = np.array([0, len(block[0])]), np.empty((1, len(joins)))
        tables = np.array([rest]), np.array([g]), offsets, rows, starts, partials
        sums(loop, *tables, BLOCK).run()
        found.append(partials[0])
    return [join.reduce(column) for join, column in zip(joins, np.array(found).T, strict=True)]


def _blocks(
    arrays: Sequence[np.ndarray], written: Literal["readonly", "readwrite"]
) -> Iterator[tuple[np.ndarray, ...]]:
    """Small flat copies of arrays, which are written back; the first one is only read."""
    flat: list[Any] = ["aligned", "contig"]
    blocks = np.nditer(
        arrays,
        ["external_loop", "buffered"],
        [["readonly", *flat]] + [[written, *flat]] * (len(arrays) - 1),
        order="K",
        buffersize=BLOCK,
    )
    with blocks:
        yield from blocks

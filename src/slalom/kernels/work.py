"""What a compiled loop is called with: the elements of one pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .machine import Function
from .memory import address

STEP_WORDS = ("arrays", "gradients", "offsets", "rows", "last_row", "total", "piece", "next")
"""Of the table that a step reads: four addresses, sizes, and the next element to be stepped."""
SUM_WORDS = (
    "arrays", "gradients", "offsets", "rows", "starts", "partials", "last_row", "total", "piece",
    "next",
)  # fmt: skip
"""Of the table that a pass of sums reads: six addresses, sizes, and the next piece."""


class Work:
    """Pieces of all leaves' elements, which threads take one by one as they become free.

    So a thread that the system delays does not delay the others.

    Args:
        loop: does them: from the address of its work to how many pieces it did.
        words: the table that the loop reads, without the last word; of an array its address.
            The arrays that these tables have addresses of are to be kept alive meanwhile.
        pieces: how many there are.
    """

    def __init__(self, loop: Function, words: Sequence[np.ndarray | int], pieces: int):
        self.loop, self.pieces = loop, pieces
        self._words = words  # kept alive, as the table has addresses only
        found = [address(w) if isinstance(w, np.ndarray) else w for w in words]
        self._table = np.array([*found, 0], np.int64)
        self.place = address(self._table)

    def reads(self, gradients: np.ndarray, offsets: np.ndarray) -> bool:
        """Whether these very tables are among those that the work of a step reads."""
        return self._words[1] is gradients and self._words[2] is offsets

    def again(self) -> Work:
        """The same work, of which nothing is done yet."""
        self._table[-1] = 0
        return self

    def run(self) -> int:
        """Do pieces until none is left; how many this call did."""
        return self.loop.call(self.place)


def steps(
    loop: Function,
    arrays: np.ndarray,
    gradients: np.ndarray,
    offsets: np.ndarray,
    rows: np.ndarray,
    piece: int,
) -> Work:
    """The step of all elements.

    Args:
        loop: steps them.
        arrays: addresses of what is written to, shape (leaves, arrays of each).
        gradients: addresses, shape (leaves,).
        offsets: how many elements the leaves before each one have, and all of them.
        rows: the numbers of all leaves in one row, or in one for each.
        piece: elements.
    """
    total = int(offsets[-1])
    words = [arrays, gradients, offsets, rows, len(rows) - 1, total, piece]
    return Work(loop, words, -(-total // piece))


def sums(
    loop: Function,
    arrays: np.ndarray,
    gradients: np.ndarray,
    offsets: np.ndarray,
    rows: np.ndarray,
    starts: np.ndarray,
    partials: np.ndarray,
    piece: int,
) -> Work:
    """The sums of all leaves, in pieces that do not depend on the number of threads.

    Args:
        loop: sums them up.
        arrays: as for `steps`.
        gradients: as for `steps`.
        offsets: as for `steps`.
        rows: as for `steps`.
        starts: how many pieces the leaves before each one have, and all of them.
        partials: written to: the sums of each piece, shape (pieces, sums).
        piece: elements; a leaf's last piece may have fewer.
    """
    pieces = int(starts[-1])
    words = [arrays, gradients, offsets, rows, starts, partials, len(rows) - 1, pieces, piece]
    return Work(loop, words, pieces)

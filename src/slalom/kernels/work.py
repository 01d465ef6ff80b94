"""What a compiled loop is called with: the elements of one step."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .memory import address


class Loop(NamedTuple):
    """A compiled loop."""

    call: Callable[[int], int]
    """from the address of its work to how many pieces it stepped"""
    address: int
    """of its machine code"""


WORDS = ("arrays", "gradients", "offsets", "rows", "last_row", "total", "piece", "next")
"""Of the table that a loop reads: four addresses, sizes, and the next element to be stepped."""


class Work:
    """The elements of all leaves, to be stepped in pieces, which go to whoever is free.

    So a thread that the system holds up delays no other.

    Args:
        loop: steps them.
        arrays: addresses of what is written to, shape (leaves, arrays of each).
        gradients: addresses, shape (leaves,).
        offsets: how many elements the leaves before each one have, and all of them.
        rows: the numbers of all leaves in one row, or in one for each.
        piece: elements.
        held: what the addresses are of: it lives as long as anyone works on it.
    """

    def __init__(
        self,
        loop: Loop,
        arrays: np.ndarray,
        gradients: np.ndarray,
        offsets: np.ndarray,
        rows: np.ndarray,
        piece: int,
        held: object = None,
    ):
        total = int(offsets[-1])
        self.loop, self.pieces = loop, -(-total // piece)
        tables = (arrays, gradients, offsets, rows)
        self._held = (*tables, held)  # as the table has addresses only
        words = [*map(address, tables), len(rows) - 1, total, piece, 0]
        self._table = np.array(words, np.int64)
        self.place = address(self._table)

    def run(self) -> int:
        """Step pieces until none is left; how many this call stepped."""
        return self.loop.call(self.place)

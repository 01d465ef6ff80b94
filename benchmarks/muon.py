"""Muon on matrices of one shape, its iteration in bfloat16, against `torch.optim.Muon`."""

from __future__ import annotations

import torch

from .stepping import at_least, in_turns, ours, theirs
from .table import Row

CASES = [(200, 64, 15.0, 9), (100, 256, 1.7, 5), (40, 512, 1.2, 3)]
"""How many matrices, rows and columns of each, the ratio to reach, and how many pairs of steps."""


def rows() -> list[Row]:
    return [_row(*case) for case in CASES]


def _row(count: int, size: int, target: float, pairs: int) -> Row:
    sizes = [(size, size)] * count
    peer = theirs(torch.optim.Muon, sizes, lr=0.001, weight_decay=0.0)
    times = in_turns([ours("muon@torch(lr=0.001)", sizes), peer], pairs)
    what = f"`muon@torch()`, {count} matrices {size} × {size}, iterating in bfloat16"
    return at_least(what, *times, "`torch.optim.Muon`", target)

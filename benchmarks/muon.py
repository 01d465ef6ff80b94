"""Muon on matrices of one shape, its iteration in bfloat16, against `torch.optim.Muon`."""

from __future__ import annotations

import statistics
import time

import torch

from slalom.torch import Optimizer

from .table import Row, seconds

CASES = [(200, 64, 15.0, 9), (100, 256, 1.7, 5), (40, 512, 1.2, 3)]
"""How many matrices, rows and columns of each, the ratio to reach, and how many pairs of steps."""


def rows() -> list[Row]:
    return [_row(*case) for case in CASES]


def _row(count: int, size: int, target: float, pairs: int) -> Row:
    ours = Optimizer(_matrices(count, size), "muon@torch(lr=0.001)")
    peer = torch.optim.Muon(_matrices(count, size), lr=0.001, weight_decay=0.0)
    _taken(ours)  # warms up
    _taken(peer)
    taken = [(_taken(ours), _taken(peer)) for _ in range(pairs)]
    mine, theirs = (statistics.median(column) for column in zip(*taken, strict=True))
    faster = statistics.median(b / a for a, b in taken)
    what = f"`muon@torch()`, {count} matrices {size} × {size}, iterating in bfloat16"
    told, wanted = f"{faster:.1f} times faster", f"at least {target:g} times"
    against = "`torch.optim.Muon`"
    return Row(what, seconds(mine), against, seconds(theirs), told, wanted, faster >= target)


def _matrices(count: int, size: int) -> list[torch.nn.Parameter]:
    """Random weights with random gradients, float32."""
    draws = torch.Generator().manual_seed(0)
    parameters = []
    for _ in range(count):
        p = torch.nn.Parameter(torch.randn(size, size, generator=draws))
        p.grad = torch.randn(size, size, generator=draws)
        parameters.append(p)
    return parameters


def _taken(optimizer: torch.optim.Optimizer) -> float:
    begin = time.perf_counter()
    optimizer.step()
    return time.perf_counter() - begin

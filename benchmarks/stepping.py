"""Optimizers over random parameters, their steps taken in turns, and the ratios of these."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from slalom.torch import Optimizer

from .table import Row, seconds

Sizes = Sequence[tuple[int, ...]]
LARGE = [(10_000_000,)]


def ours(text: str, sizes: Sizes) -> Callable[[], object]:
    """A step that goes on from its last one."""
    return Optimizer(parameters(sizes), text).step


def theirs(make: Callable, sizes: Sizes, **options: Any) -> Callable[[], object]:
    """A step of another library's optimizer."""
    return make(parameters(sizes), **options).step


def parameters(sizes: Sizes) -> list[torch.nn.Parameter]:
    """Parameters with gradients, drawn at random, float32."""
    draws = torch.Generator().manual_seed(0)
    params = [torch.nn.Parameter(torch.randn(size, generator=draws)) for size in sizes]
    for p in params:
        p.grad = torch.randn(p.shape, generator=draws)
    return params


def copying() -> Callable[[], object]:
    """Reads 10 million elements and writes as many: two streams."""
    source, target = torch.randn(LARGE[0]), torch.empty(LARGE[0])
    return lambda: target.copy_(source)


def in_turns(calls: list[Callable], rounds: int) -> list[list[float]]:
    """The times of each call, side by side, so that all meet the same moods of the machine."""
    taken: list[list[float]] = [[] for _ in calls]
    for count in range(rounds + 2):
        for call, times in zip(calls, taken, strict=True):
            begin = time.perf_counter()
            call()
            if count >= 2:  # the first two warm up
                times.append(time.perf_counter() - begin)
    return taken


def at_most(what: str, mine: list, peer: list, against: str, target: float) -> Row:
    ratio = statistics.median(a / b for a, b in zip(mine, peer, strict=True))
    told, wanted = f"{ratio:.2f} of its time", f"at most {target}"
    return _row(what, mine, against, peer, told, wanted, ratio <= target)


def at_least(what: str, mine: list, peer: list, against: str, target: float) -> Row:
    ratio = statistics.median(b / a for a, b in zip(mine, peer, strict=True))
    told, wanted = f"{ratio:.1f} times faster", f"at least {target} times"
    return _row(what, mine, against, peer, told, wanted, ratio >= target)


def _row(
    what: str, mine: list, against: str, peer: list, told: str, wanted: str, reached: bool
) -> Row:
    times = (seconds(statistics.median(t)) for t in (mine, peer))
    return Row(what, next(times), against, next(times), told, wanted, reached)

"""One row of the table for each comparison."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version


@dataclass(frozen=True)
class Row:
    """What was measured, against what, what came out, and what was wanted."""

    what: str
    ours: str
    against: str
    theirs: str
    ratio: str
    target: str
    reached: bool


HEAD = (
    "| what | Slalom | against | peer | ratio | target | reached |\n|---|---|---|---|---|---|---|"
)


def markdown(rows: list[Row]) -> str:
    lines = [
        f"| {r.what} | {r.ours} | {r.against} | {r.theirs} | {r.ratio} | {r.target} | "
        f"{'yes' if r.reached else '**no**'} |"
        for r in rows
    ]
    return "\n".join([HEAD, *lines])


def machine() -> str:
    packages = ("jax", "torch", "optax", "numba", "numpy", "matplotlib")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {python}, {versions}"


def median_seconds(call: Callable[[], object], repeats: int) -> float:
    """The median time of a call, after one that warms up."""
    call()
    taken = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def least_seconds(calls: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """The least time of each of some calls, made in turn, after one that warms up."""
    taken = [[] for _ in calls]
    for round_ in range(repeats + 1):
        for call, times in zip(calls, taken, strict=True):
            begin = time.perf_counter()
            call()
            if round_:
                times.append(time.perf_counter() - begin)
    return [min(times) for times in taken]


def seconds(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-6:.3g} µs"

"""Many starts at once, in blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from ..errors import SlalomError
from ..jax import compiled_for
from . import loop
from .checks import count_of
from .objective import Objective, Tree
from .outcome import DIVERGED, LEFT_DOMAIN
from .run import Trace
from .stops import End, ended, left_domain, traced

BLOCK = 50_000
"""Starts run at once: their positions and states then stay in the processor's caches."""


class Job(NamedTuple):
    """What is to be run: arrays in NumPy, the starts of `x` on its first axis where many."""

    rule: Any
    goal: Objective
    x: Tree
    key: Any
    steps: int
    tol: float | None


def run_paths(job: Job, states: bool) -> tuple[End, Trace]:
    """Whole paths of many starts."""
    trace = _blockwise(job, _everyone(job), lambda part: traced(part, many=True), "path", states)
    return ended(job.goal, trace, job.tol), trace


def run_ends(job: Job) -> End:
    """The ends of many starts; only those that failed, or may converge, are run with care."""
    if job.tol is not None:
        return _with_care(job, _everyone(job))
    end = _blockwise(job, _everyone(job), _plain_ends(job.steps), "ends")
    again = np.flatnonzero(end.kind == DIVERGED)
    if not len(again):
        return end
    stop = _with_care(job, again)

    def put(all_runs: np.ndarray, some: np.ndarray) -> np.ndarray:
        all_runs[again] = some
        return all_runs

    return jax.tree.map(put, end, stop)


def _with_care(job: Job, chosen: np.ndarray) -> End:
    """The ends of the chosen starts, stopped where they failed or converged, and why."""
    stop = _blockwise(job, chosen, _careful_ends, "careful")
    outside = (stop.kind == DIVERGED) & left_domain(job.goal, stop.position, many=True)
    return stop._replace(kind=np.where(outside, LEFT_DOMAIN, stop.kind).astype(np.uint8))


def _everyone(job: Job) -> np.ndarray:
    count = count_of(job.x)
    for leaf in jax.tree.leaves(job.rule):
        if leaf.shape not in ((), (count,)):
            raise SlalomError(
                f"a hyperparameter has one number, or one for each of {count} starts, "
                f"not shape {leaf.shape}"
            )
    return np.arange(count)


def _plain_ends(steps: int) -> Callable[[loop.Judged], End]:
    def turn(found: loop.Judged) -> End:
        position = jax.tree.map(_starts_first, found.position)
        loss, slope, fine = (np.array(a) for a in found[1:])
        kind = np.where(fine, 0, DIVERGED).astype(np.uint8)
        return End(position, loss, slope, kind, np.full(len(loss), steps, np.int32))

    return turn


def _careful_ends(found: loop.Stop) -> End:
    position = jax.tree.map(_starts_first, found.position)
    return End(position, *(np.array(a) for a in found[1:]))


def _starts_first(array: Any) -> np.ndarray:
    return np.moveaxis(np.asarray(array), -1, 0).copy()


def _blockwise(
    job: Job, chosen: np.ndarray, turn: Callable, form: str, states: bool = False
) -> Any:
    """Run the chosen starts in blocks of one size, so that each form compiles once."""
    leaves = jax.tree.leaves(job.rule)
    varying = tuple(leaf.ndim > 0 for leaf in leaves)
    size = min(BLOCK, len(chosen))
    run = compiled_for(loop.over_starts, job.rule, job.goal)
    parts = []
    for first in range(0, len(chosen), size):
        mine = chosen[first : first + size]
        padded = np.pad(mine, (0, size - len(mine)), mode="edge")
        found = run(
            *_rows(job, padded),
            job.key,
            0.0 if job.tol is None else job.tol,
            padded,
            form=form,
            varying=varying,
            steps=job.steps,
            states=states,
        )
        parts.append(_first(len(mine), turn(found)))
    return parts[0] if len(parts) == 1 else jax.tree.map(lambda *a: np.concatenate(a), *parts)


def _rows(job: Job, chosen: np.ndarray) -> tuple[Any, Objective, Tree]:
    """Rule, objective and starts of the chosen runs, the starts on the last axis."""
    rule = jax.tree.map(lambda a: a[chosen] if a.ndim else a, job.rule)
    return rule, job.goal, jax.tree.map(lambda a: np.moveaxis(a[chosen], 0, -1), job.x)


def _first(count: int, found: Any) -> Any:
    return jax.tree.map(lambda a: a[:count], found)

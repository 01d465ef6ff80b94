"""Where and why runs ended, found from their paths."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..divergence import has_diverged
from ..rules.state import of_one
from .loop import Path
from .objective import Objective, Tree
from .outcome import CONVERGED, DIVERGED, FINISHED, LEFT_DOMAIN
from .run import Trace


class End(NamedTuple):
    """Where and how runs ended."""

    position: Tree
    loss: Any
    gradient_norm: Any
    kind: Any
    step: Any


def traced(found: Path, many: bool) -> Trace:
    """The loop's arrays in NumPy, the starts first."""
    turn = (lambda a: np.moveaxis(np.asarray(a), -1, 0).copy()) if many else np.array
    trace = Trace(*(jax.tree.map(turn, part) for part in found))
    is_one = isinstance(trace.position, np.ndarray)
    return trace._replace(states=of_one(trace.states)) if is_one else trace


def ended(goal: Objective, trace: Trace, tol: float | None) -> End:
    """Where and how the runs of a trace ended; what comes after is made NaN in it."""
    kind, at = stops(goal, trace, tol)
    end = End(
        at_step(trace.position, at),
        at_step(trace.loss, at),
        at_step(trace.gradient_norm, at),
        kind,
        at,
    )
    cut(trace, at)
    return end


def stops(goal: Objective, trace: Trace, tol: float | None) -> tuple[np.ndarray, np.ndarray]:
    """For each run the index of its outcome, and the step at which it came."""
    fine = (
        np.isfinite(trace.loss)
        & np.isfinite(trace.gradient_norm)
        & finite(trace.position, trace.loss.shape)
    )
    stopped = ~fine | (trace.gradient_norm < (0.0 if tol is None else tol))
    early = stopped.any(-1)
    at = np.where(early, stopped.argmax(-1), stopped.shape[-1] - 1)
    failed = ~np.take_along_axis(fine, at[..., None], -1)[..., 0]
    with np.errstate(invalid="ignore"):  # a loss that is not finite has failed already
        rose = has_diverged(trace.loss[..., 0], trace.loss[..., -1])
    kind = np.where(early, CONVERGED, np.where(rose, DIVERGED, FINISHED))
    kind = np.where(failed, DIVERGED, kind)
    if failed.any():
        outside = left_domain(goal, at_step(trace.position, at), at.ndim > 0)
        kind = np.where(failed & outside, LEFT_DOMAIN, kind)
    return kind.astype(np.uint8), at.astype(np.int32)


def left_domain(goal: Objective, ends: Tree, many: bool) -> np.ndarray:
    """Which runs stand at a finite place where the objective is not defined."""
    defined = jax.vmap(goal.defined) if many else goal.defined
    known = np.asarray(defined(jax.tree.map(jnp.asarray, ends)))  # JAX's arrays, as in the loop
    return ~known & finite(ends, known.shape)


def at_step(position: Tree, at: np.ndarray) -> Tree:
    """Each run's entries at its own step."""
    rows = () if at.ndim == 0 else (np.arange(len(at)),)
    return jax.tree.map(lambda a: a[(*rows, at)].copy(), position)


def finite(position: Tree, shape: tuple[int, ...]) -> np.ndarray:
    """Where all numbers of a position are finite; `shape` is that of the positions' batch."""
    leaves = [np.asarray(p) for p in jax.tree.leaves(position)]
    return np.logical_and.reduce([np.isfinite(p.reshape(*shape, -1)).all(-1) for p in leaves])


def cut(trace: Trace, at: np.ndarray) -> None:
    """Make everything after the last step of each run NaN."""
    after = np.arange(trace.loss.shape[-1]) > at[..., None]
    if after.any():
        for array in jax.tree.leaves(trace):
            if jnp.issubdtype(array.dtype, jnp.inexact):  # a state may hold a count
                array[after] = math.nan

"""Running a rule on an objective: the one entry to the loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import enable_x64

from .. import cache, landscapes
from ..errors import SlalomError
from ..jax import compiled_for, leaves_of
from ..landscapes import Landscape
from ..rules import Rule, as_rule, stepping
from . import loop
from .checks import (
    SCALARS,
    as_arrays,
    check_needs,
    check_path,
    check_seed,
    check_start,
    check_steps,
    check_tol,
    count_of,
)
from .copies import errors
from .many import Job, run_ends, run_paths
from .objective import Objective, Tree, as_objective, current
from .outcome import DIVERGED, FINISHED, KINDS, LEFT_DOMAIN, Outcome, Outcomes
from .rounding import COPIES, Rounding
from .run import Run, Trace
from .stops import End, ended, left_domain, traced


def descend(
    rule: Rule | str,
    objective: Landscape | str | Callable[[Tree], Any] | Objective,
    start: Tree = None,
    steps: int | None = None,
    *,
    starts: Tree = None,
    gradient: Callable[[Tree], Tree] | None = None,
    path: bool = True,
    states: bool = False,
    tol: float | None = None,
    seed: int = 0,
    dtype: Any = None,
    digits: bool = False,
) -> Run:
    """Run one rule on one objective.

    A function, or a rule of one's own, may read what changes from call to call: a global, an
    attribute, a captured array. Each call is of what it computes then. What was compiled is
    found again by what JAX traces of it: other numbers in arrays compile nothing, other Python
    numbers do.

    Args:
        rule: a rule, or its text. Hyperparameters that are arrays of shape (n,) go with n
            `starts`, one number each.
        objective: a landscape, or the text that `landscapes.find` knows it by, or any function
            that JAX can trace, from a tree of parameters to one real number.
        start: where to begin: a number, an array, or a tree of arrays. Default: the
            landscape's own.
        steps: how many, at least 1. Default: the landscape's own.
        starts: many starts at once, instead of `start`: arrays of shape (n, …).
        gradient: the gradient of the objective, where it should not be JAX's.
        path: keep the whole path, not only the end; without it, the memory is that of a few
            positions.
        states: keep the rule's state along the path too.
        tol: stop where the gradient norm falls below it, "converged".
        seed: of the draws, where the rule or the objective makes any.
        dtype: float32 or float64. Default: that of the start; float64 for Python numbers.
        digits: tell what rounding does to the run, in `Run.rounding`. It takes one start.

    Raises:
        SlalomError: arguments of a wrong type, shape or range, or a rule that asks for a loss
            where there is none. A run that diverges or leaves the domain raises nothing: see
            `Run.outcome`.
    """
    rule = as_rule(rule)
    objective = landscapes.find(objective) if isinstance(objective, str) else objective
    landscape = objective if isinstance(objective, Landscape) else None
    many = starts is not None
    if many and start is not None:
        raise SlalomError("either start or starts, not both")
    if landscape is not None:
        steps = landscape.steps if steps is None else steps
        start = landscape.start if start is None else start
    chosen = starts if many else start
    if chosen is None or steps is None:
        raise SlalomError(
            "a function needs a start and a number of steps; only a landscape has its own"
        )
    if digits and (many or not path):
        raise SlalomError("digits=True takes one start, and keeps its path")
    check_steps(steps)
    check_tol(tol)
    check_seed(seed)
    x = as_arrays(chosen, dtype)
    if landscape is not None:
        check_start(landscape, x, many)
    runs = count_of(x) if many else 1
    with enable_x64(any(leaf.dtype == np.float64 for leaf in jax.tree.leaves(x))):
        cache.switch_on()
        if path:
            entries = _entries(rule, x, many) if states else 0
            moment = sum(leaf.size for leaf in jax.tree.leaves(x)) // runs + entries + SCALARS
            at_once = runs + (COPIES if digits else 0)
            check_path(steps, moment, at_once, "choose fewer steps, or path=False")
        goal = current(as_objective(objective, gradient), x, many)
        check_needs(rule, goal)
        job = _job(rule, goal, x, steps, tol, seed, many)
        if many:
            end, trace = run_paths(job, states) if path else (run_ends(job), None)
            outcome, rounding = Outcomes(end.kind, end.step), None
        else:
            end, trace, rounding = (
                _one_path(job, states, digits, seed) if path else (_one_end(job), None, None)
            )
            outcome = Outcome(KINDS[int(end.kind)], int(end.step))
    axes = landscape.axes if landscape is not None else None
    return Run(rule, steps, *end[:3], outcome, trace, axes, rounding)


def _job(rule: Rule, goal: Objective, x: Tree, steps: int, tol: Any, seed: int, many: bool) -> Job:
    precision = jnp.result_type(np.float32, *jax.tree.leaves(x))  # in bfloat16 0.999 would be 1
    numbers = jax.tree.map(lambda v: np.asarray(v, precision), rule)
    if not many and any(leaf.ndim for leaf in jax.tree.leaves(numbers)):
        raise SlalomError("hyperparameters that are arrays need starts, one number for each")
    draws = goal.stochastic or "key" in rule.needs
    return Job(numbers, goal, x, jax.random.key(seed) if draws else None, steps, tol)


def _entries(rule: Rule, x: Tree, many: bool) -> int:
    """How many numbers the state of one run has."""
    one = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape[many:], a.dtype), x)
    state = jax.eval_shape(lambda x: stepping.begin(rule, *leaves_of(x)), one)
    return sum(leaf.size for leaf in jax.tree.leaves(state))


def _one_path(
    job: Job, states: bool, digits: bool, seed: int
) -> tuple[End, Trace, Rounding | None]:
    given = (job.rule, job.goal, job.x, job.key)
    run = compiled_for(loop.one_path, job.rule, job.goal)
    found = run(*given, 0.0, steps=job.steps, states=states)
    far = None
    if digits:  # begun before the path is looked at, which it goes on beside
        copies = compiled_for(errors, job.rule, job.goal)
        far = copies(*given, np.uint32(seed), found.position, found.loss)
    trace = traced(found, many=False)
    end = ended(job.goal, trace, job.tol)
    told = None if far is None else Rounding(far, trace.position, int(end.step))
    return end, trace, told


def _one_end(job: Job) -> End:
    run = compiled_for(loop.one_end, job.rule, job.goal)
    given = (job.rule, job.goal, job.x, job.key)
    if job.tol is None:
        found = _in_numpy(run(*given, 0.0, form="ends", steps=job.steps))
        if found.fine:
            kind, step = np.uint8(FINISHED), np.int32(job.steps)
            return End(found.position, found.loss, found.gradient_norm, kind, step)
    tol = 0.0 if job.tol is None else job.tol
    stop = End(*_in_numpy(run(*given, tol, form="careful", steps=job.steps)))
    if stop.kind == DIVERGED and left_domain(job.goal, stop.position, many=False):
        return stop._replace(kind=np.uint8(LEFT_DOMAIN))
    return stop


def _in_numpy(found: Any) -> Any:
    """Arrays as NumPy's own, those without dimensions as its numbers."""
    return jax.tree.map(lambda a: np.array(a)[()], found)

"""The one loop: a rule on an objective, compiled by JAX.

It comes in three forms, which share the step: `path` emits every position; `ends` keeps only
the last and counts the finite steps, which costs next to nothing; `careful` stops a run where
it fails or converges, at up to twice the cost, so it is run only where `ends` found something.
All of them take one start; `over_starts` maps them over many.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ..errors import SlalomError, unknown
from ..rules import Rule
from .draws import JaxDraws
from .objective import Moment, Objective, Tree, check_value
from .outcome import CONVERGED, DIVERGED, FINISHED


class Carry(NamedTuple):
    """What goes from step to step: the iterate and the rule's state for each leaf of it."""

    x: Tree
    states: list[Any]


class Path(NamedTuple):
    """Everything along a run; each array has steps + 1 entries on its first axis."""

    position: Tree
    loss: Any
    gradient_norm: Any
    step_length: Any
    states: Any


class Ends(NamedTuple):
    """The end of a run: where, how high, how steep, and how many steps were finite."""

    position: Tree
    loss: Any
    gradient_norm: Any
    finite: Any


class Stop(NamedTuple):
    """Where a run stopped, and why: an outcome's index and step."""

    position: Tree
    loss: Any
    gradient_norm: Any
    kind: Any
    step: Any


def begin(rule: Rule, objective: Objective, x: Tree) -> Carry:
    """The carry before the first step; raises where the objective does not fit the start."""
    check_value(objective, x)
    return Carry(x, [rule.init(leaf) for leaf in jax.tree.leaves(x)])


def step(rule: Rule, objective: Objective, carry: Carry, t: Any, key: Any) -> tuple[Carry, Tree]:
    """One step: the gradient at the rule's probes, and what the rule makes of it."""
    xs, tree = jax.tree.flatten(carry.x)
    draws, extra = None, {}
    if key is not None:
        draws, key = JaxDraws(key).at(t).split()
    moment = Moment(carry.x, t, draws)
    g = _weighted_gradient(rule, objective, carry, moment)
    for need in rule.needs:
        extra[need] = _needed(need, objective, moment, key)
    deltas, states = rule.update_leaves(jax.tree.leaves(g), carry.states, xs, t, **extra)
    x = jax.tree.unflatten(tree, [leaf + d for leaf, d in zip(xs, deltas, strict=True)])
    return Carry(x, states), g


def _weighted_gradient(rule: Rule, objective: Objective, carry: Carry, moment: Moment) -> Tree:
    xs, tree = jax.tree.flatten(carry.x)
    probes = [rule.probes(x, s, moment.t) for x, s in zip(xs, carry.states, strict=True)]
    total = [0.0] * len(xs)
    for number in range(len(probes[0])):
        point = jax.tree.unflatten(tree, [leaf[number][1] for leaf in probes])
        gs = jax.tree.leaves(objective.gradient(point, moment))
        weights = [leaf[number][0] for leaf in probes]
        total = [s + w * g for s, w, g in zip(total, weights, gs, strict=True)]
    return jax.tree.unflatten(tree, total)


def _needed(need: str, objective: Objective, moment: Moment, draws: JaxDraws | None) -> Any:
    if need == "key":
        return draws
    if need == "loss":
        return objective.value(moment.x)
    if need == "closure":
        return objective.value_and_gradient
    raise SlalomError(unknown("need", need, ("key", "loss", "closure")))


def judged(rule: Rule, carry: Carry) -> Tree:
    """The point to judge, which for an averaging rule is not the iterate."""
    xs, tree = jax.tree.flatten(carry.x)
    points = [rule.evaluate(x, s) for x, s in zip(xs, carry.states, strict=True)]
    return jax.tree.unflatten(tree, points)


def norm(tree: Tree) -> Any:
    """The Euclidean norm of a tree as one vector."""
    return jnp.sqrt(sum(jnp.sum(leaf * leaf) for leaf in jax.tree.leaves(tree)))


def path(
    rule: Rule, objective: Objective, x: Tree, key: Any, tol: Any, *, steps: int, states: bool
) -> Path:
    """Every position of one run, judged all at once after the loop."""

    def body(carry: Carry, t: Any) -> tuple[Carry, Any]:
        carry, _ = step(rule, objective, carry, t, key)
        return carry, (judged(rule, carry), carry.states if states else None)

    first = begin(rule, objective, x)
    _, rows = jax.lax.scan(body, first, jnp.arange(1, steps + 1, dtype=jnp.int32))
    start = (judged(rule, first), first.states if states else None)
    position, kept = jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), start, rows)
    loss, gradient = jax.vmap(objective.value_and_gradient)(position)
    moved = jax.tree.map(
        lambda p: jnp.concatenate([jnp.zeros_like(p[:1]), p[1:] - p[:-1]]), position
    )
    return Path(position, loss, jax.vmap(norm)(gradient), jax.vmap(norm)(moved), kept)


def ends(
    rule: Rule, objective: Objective, x: Tree, key: Any, tol: Any, *, steps: int, states: bool
) -> Ends:
    """The end of one run, and the number of its steps with a finite gradient and position."""

    def body(t: Any, state: tuple[Carry, Any]) -> tuple[Carry, Any]:
        carry, finite = state
        carry, g = step(rule, objective, carry, t, key)
        # one number that is finite only if all are
        total = sum(jnp.sum(leaf) for leaf in jax.tree.leaves((carry.x, g)))
        return carry, finite + jnp.isfinite(total)

    first = begin(rule, objective, x)
    carry, finite = jax.lax.fori_loop(1, steps + 1, body, (first, jnp.int32(0)))
    position = judged(rule, carry)
    loss, gradient = objective.value_and_gradient(position)
    return Ends(position, loss, norm(gradient), finite)


def careful(
    rule: Rule, objective: Objective, x: Tree, key: Any, tol: Any, *, steps: int, states: bool
) -> Stop:
    """One run up to where it fails or its gradient norm falls below `tol`."""

    def judge(carry: Carry, t: Any) -> Stop:
        position = judged(rule, carry)
        loss, gradient = objective.value_and_gradient(position)
        size = norm(gradient)
        places = sum(jnp.sum(leaf) for leaf in jax.tree.leaves(position))
        failed = ~(jnp.isfinite(loss) & jnp.isfinite(size) & jnp.isfinite(places))
        kind = jnp.where(failed, DIVERGED, jnp.where(size < tol, CONVERGED, FINISHED))
        return Stop(position, loss, size, kind.astype(jnp.uint8), t)

    def body(t: Any, state: tuple[Carry, Stop]) -> tuple[Carry, Stop]:
        carry, stop = state
        carry, _ = step(rule, objective, carry, t, key)
        stopped = stop.kind != FINISHED
        return carry, jax.tree.map(lambda a, b: jnp.where(stopped, a, b), stop, judge(carry, t))

    first = begin(rule, objective, x)
    return jax.lax.fori_loop(1, steps + 1, body, (first, judge(first, jnp.int32(0))))[1]


FORMS = {"path": path, "ends": ends, "careful": careful}

one_path = jax.jit(path, static_argnames=("steps", "states"))
"""`path`, compiled, for one start."""


@functools.partial(jax.jit, static_argnames=("form", "varying", "steps", "states"))
def over_starts(
    rule, objective, x, key, tol, numbers, *, form, varying: tuple[bool, ...], steps, states=False
):
    """`path`, `ends` or `careful` over many starts.

    The starts lie on the last axis of every leaf of `x`, and so do the results: long
    contiguous rows are what vectorises.

    Args:
        rule: its leaves are scalars, or arrays of one number for each start.
        objective: what all of them descend on.
        x: the starts.
        key: the seed's key, or None.
        tol: the gradient norm below which `careful` stops.
        numbers: the starts' numbers, which make each start's draws its own.
        form: a name in `FORMS`.
        varying: for each leaf of the rule, in order, whether it varies with the start.
        steps: how many.
        states: whether `path` keeps the states.
    """
    leaves, tree = jax.tree.flatten(rule)

    def run(leaves, start, number):
        own = None if key is None else jax.random.fold_in(key, number)
        rule = jax.tree.unflatten(tree, leaves)
        return FORMS[form](rule, objective, start, own, tol, steps=steps, states=states)

    axes = [0 if varies else None for varies in varying]
    return jax.vmap(run, in_axes=(axes, -1, 0), out_axes=-1)(leaves, x, numbers)

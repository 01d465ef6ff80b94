"""The one loop: a rule on an objective, compiled by JAX.

It comes in three forms, which share the step: `path` emits every position; `ends` keeps only
the last and whether all went well, which costs next to nothing; `careful` stops a run where
it fails or converges, at up to twice the cost, so it is run only where `ends` found something.
Each is written once for one start and for many: `Parts` are the pieces between the loops, mapped
over the starts where there are many, so that the loop over the steps stays outermost.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from .. import own_code
from ..divergence import has_diverged
from ..jax import JaxDraws, leaves_of
from ..lowering import lasting
from ..lowering.tree import flat
from ..rules import Rule, leaves, stepping
from ..rules.leaves import Leaves
from . import bounds
from .objective import Moment, Objective, Tree, check_value
from .outcome import CONVERGED, DIVERGED, FINISHED
from .states import check_state


class Carry(NamedTuple):
    """What goes from step to step: the iterate and the rule's state."""

    x: Tree
    state: Any


class Path(NamedTuple):
    """Everything along a run; each array has steps + 1 entries on its first axis."""

    position: Tree
    loss: Any
    gradient_norm: Any
    step_length: Any
    states: Any


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
    xs, leaf = leaves_of(x)
    with own_code.explained(own_code.OF_RULES):
        return Carry(x, stepping.begin(rule, xs, leaf))


def slope(rule: Rule, objective: Objective, carry: Carry, t: Any, key: Any) -> Tree | None:
    """The gradient at the iterate, as the objective gives it at step `t`.

    None for a rule that asks for none there.
    """
    if "g" not in rule.needs:
        return None
    return objective.gradient(carry.x, _moment(carry.x, t, key))


def advance(
    rule: Rule, objective: Objective, carry: Carry, g: Tree | None, t: Any, key: Any
) -> tuple[Carry, list[Tree]]:
    """What the rule makes of the gradient, and all gradients that it met in the step."""
    xs, leaf = leaves_of(carry.x)
    tree, moment = jax.tree.structure(carry.x), _moment(carry.x, t, key)
    met: list[Tree] = [] if g is None else [g]

    def point(leaves: Leaves) -> Tree:
        return jax.tree.unflatten(tree, list(leaves))

    def grad(at: Leaves) -> Leaves:
        met.append(objective.gradient(point(at), moment))
        return Leaves(jax.tree.leaves(met[-1]))

    def hvp(u: Leaves) -> Leaves:
        def of(x: Tree) -> Tree:
            return objective.gradient(x, moment)

        return Leaves(jax.tree.leaves(jax.jvp(of, (carry.x,), (point(u),))[1]))

    offers = stepping.Offers(
        g=lambda: Leaves(jax.tree.leaves(g)),
        grad=grad,
        loss=lambda: objective.loss(carry.x, moment),
        value=lambda at: objective.loss(point(at), moment),
        hvp=hvp,
        key=None if key is None else JaxDraws(key).at(t).split()[1],
        leaf=leaf,
    )
    with own_code.explained(own_code.OF_RULES):
        delta, state = stepping.step(rule, carry.state, xs, t, offers)
    check_state(rule, carry.state, state)
    return Carry(point(xs + delta), state), met


def _moment(x: Tree, t: Any, key: Any) -> Moment:
    return Moment(x, t, None if key is None else JaxDraws(key).at(t).split()[0])


def judged(rule: Rule, carry: Carry) -> Tree:
    """The point to judge, which for an averaging rule is not the iterate."""
    xs, leaf = leaves_of(carry.x)
    with own_code.explained(own_code.OF_RULES):
        point = stepping.judged(rule, carry.state, xs, leaf)
    return jax.tree.unflatten(jax.tree.structure(carry.x), list(point))


def averaged(gradients: list[Tree]) -> Tree:
    """The mean of the gradients that a rule met in a step."""
    if len(gradients) == 1:
        return gradients[0]
    return jax.tree.map(lambda *each: sum(each) / len(each), *gradients)


def norm(tree: Tree) -> Any:
    """The Euclidean norm of a tree as one vector."""
    return leaves.norm(Leaves(jax.tree.leaves(tree)))


class Judged(NamedTuple):
    """A position, its loss, the norm of its gradient, and whether all is well so far."""

    position: Tree
    loss: Any
    gradient_norm: Any
    fine: Any


def judge(objective: Objective, position: Tree) -> Judged:
    """How a position does."""
    loss, gradient = objective.value_and_gradient(position)
    size = norm(gradient)
    return Judged(position, loss, size, _every(jax.tree.map(jnp.isfinite, (loss, size, position))))


def _every(tree: Tree) -> Any:
    """Whether all components of all leaves are true."""
    return functools.reduce(jnp.logical_and, [jnp.all(leaf) for leaf in jax.tree.leaves(tree)])


def marked(rule: Rule, carry: Carry) -> Tree | None:
    """What is not finite in the carry once the square of a gradient was not; None if unknown.

    Where a rule keeps such a mark, a loop need not look at the gradients.
    """
    entries = {lasting(rule, leaf.dtype.name) for leaf in jax.tree.leaves(carry.x)}
    entry = entries.pop() if len(entries) == 1 else None
    return None if entry is None else dict(flat(carry.state))[entry]


class Parts(NamedTuple):
    """The pieces of a run between the loops, for one start or for many at once."""

    begin: Callable[[Tree], Carry]
    step: Callable[[Carry, Any], tuple[Carry, list[Tree]]]
    """from carry and t to the next carry, and the gradients that led there"""
    point: Callable[[Carry], Tree]
    marked: Callable[[Carry], Tree | None]
    judge: Callable[[Tree], Judged]
    loss: Callable[[Tree], Any]
    length: Callable[[Tree], Any]
    all: Callable[[Tree], Any]


def parts(rule: Rule, objective: Objective, key: Any, lift: Callable) -> Parts:
    """The pieces of a run; `lift` maps a function of rule, key, trees and t over the starts."""

    def lifted(f: Callable) -> Callable:
        return lambda content, t=0: lift(f)(rule, key, content, t)

    slopes = lifted(lambda rule, key, carry, t: slope(rule, objective, carry, t, key))
    moves = lifted(lambda rule, key, both, t: advance(rule, objective, both[0], both[1], t, key))

    def step(carry: Carry, t: Any) -> tuple[Carry, list[Tree]]:
        # lifted apart, so that the starts are on the last axis of the gradient too
        return moves((carry, slopes(carry, t)), t)

    return Parts(
        begin=lifted(lambda rule, key, x, t: begin(rule, objective, x)),
        step=step,
        point=lifted(lambda rule, key, carry, t: judged(rule, carry)),
        marked=lambda carry: marked(rule, carry),
        judge=lifted(lambda rule, key, position, t: judge(objective, position)),
        loss=lifted(lambda rule, key, position, t: objective.value(position)),
        length=lifted(lambda rule, key, moved, t: norm(moved)),
        all=lifted(lambda rule, key, fine, t: _every(fine)),
    )


def path(run: Parts, x: Tree, tol: Any, *, steps: int, states: bool) -> Path:
    """Every position, judged after the loop."""

    def body(carry: Carry, t: Any) -> tuple[Carry, Any]:
        carry, _ = run.step(carry, t)
        return carry, (run.point(carry), carry.state if states else None)

    carry = run.begin(x)
    start = (run.point(carry), carry.state if states else None)
    _, rows = jax.lax.scan(body, carry, jnp.arange(1, steps + 1, dtype=jnp.int32))
    position, kept = jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), start, rows)
    moved = jax.tree.map(lambda p: jnp.diff(p, axis=0, prepend=p[:1]), position)
    # one after the other: as one batch, XLA wakes its threads, which costs more than the work
    found, length = jax.lax.map(
        lambda both: (run.judge(both[0]), run.length(both[1])), (position, moved)
    )
    return Path(position, found.loss, found.gradient_norm, length, kept)


def ends(run: Parts, x: Tree, tol: Any, *, steps: int, states: bool) -> Judged:
    """The end, `fine` only if every loss and the square of every gradient on the way were finite.

    It is the square because a norm that overflows has one that does. A position that is not
    finite stays so, and is seen at the end, as is an entry of the state that shows it; for rules
    without such an entry every gradient is looked at, by component, which fuses with the step. A
    loss is looked at where it is not known to be finite within a radius; where it is, a run that
    leaves the radius is made one that is not finite, as if it had failed.
    """
    carry = run.begin(x)
    looks, radius = run.marked(carry) is None, bounds.radius(run.loss, run.point(carry))

    def body(t: Any, state: tuple[Carry, Any, Any]) -> tuple[Carry, Any, Any]:
        carry, fine, known = state
        point = run.point(carry)
        carry, met = run.step(carry, t)
        if radius is None:
            known = known & jnp.isfinite(run.loss(point))
        else:
            carry = carry._replace(x=jax.tree.map(within(radius), point, carry.x))
        for g in met if looks else ():
            fine = jax.tree.map(lambda f, leaf: f & jnp.isfinite(leaf * leaf), fine, g)
        return carry, fine, known

    fine = jax.tree.map(lambda leaf: jnp.ones_like(leaf, dtype=bool), carry.x) if looks else None
    first = run.loss(run.point(carry))
    carry, fine, known = jax.lax.fori_loop(1, steps + 1, body, (carry, fine, jnp.isfinite(first)))
    found = run.judge(run.point(carry))
    fine = fine if looks else jax.tree.map(jnp.isfinite, run.marked(carry))
    fine = (fine, jax.tree.map(jnp.isfinite, carry.x))
    is_fine = run.all(fine) & known & found.fine & ~has_diverged(first, found.loss)
    return found._replace(fine=is_fine)


def within(radius: float) -> Callable[[Any, Any], Any]:
    """What keeps an array where another one is within a radius of 0, and is NaN elsewhere."""
    return lambda point, moved: jnp.where(jnp.abs(point) <= radius, moved, jnp.nan)


def careful(run: Parts, x: Tree, tol: Any, *, steps: int, states: bool) -> Stop:
    """A run up to where it fails or its gradient norm falls below `tol`."""

    def look(position: Tree, t: Any) -> Stop:
        found = run.judge(position)
        kind = jnp.where(found.gradient_norm < tol, CONVERGED, FINISHED)
        kind = jnp.where(found.fine, kind, DIVERGED).astype(jnp.uint8)
        return Stop(position, found.loss, found.gradient_norm, kind, t + 0 * kind.astype(jnp.int32))

    def body(t: Any, state: tuple[Carry, Stop]) -> tuple[Carry, Stop]:
        carry, stop = state
        carry, _ = run.step(carry, t)
        stopped = stop.kind != FINISHED
        now = look(run.point(carry), t)
        return carry, jax.tree.map(lambda a, b: jnp.where(stopped, a, b), stop, now)

    carry = run.begin(x)
    first = look(run.point(carry), jnp.int32(0))
    stop = jax.lax.fori_loop(1, steps + 1, body, (carry, first))[1]
    rose = (stop.kind == FINISHED) & has_diverged(first.loss, stop.loss)
    return stop._replace(kind=jnp.where(rose, DIVERGED, stop.kind).astype(jnp.uint8))


FORMS = {"path": path, "ends": ends, "careful": careful}


@functools.partial(jax.jit, static_argnames=("steps", "states"))
def one_path(rule, objective, x, key, tol, *, steps: int, states: bool) -> Path:
    """`path`, compiled, for one start."""
    return path(parts(rule, objective, key, lambda f: f), x, tol, steps=steps, states=states)


@functools.partial(jax.jit, static_argnames=("form", "steps"))
def one_end(rule, objective, x, key, tol, *, form: str, steps: int) -> Judged | Stop:
    """`ends` or `careful`, compiled, for one start: memory of a few positions."""
    run = parts(rule, objective, key, lambda f: f)
    return FORMS[form](run, x, tol, steps=steps, states=False)


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
    run = parts_over_starts(rule, objective, key, numbers, varying)
    return FORMS[form](run, x, tol, steps=steps, states=states)


def parts_over_starts(
    rule: Rule, objective: Objective, key: Any, numbers: Any, varying: tuple[bool, ...]
) -> Parts:
    """The pieces of many runs at once; for the arguments see `over_starts`."""
    tree = jax.tree.structure(rule)
    keys = None if key is None else jax.vmap(lambda n: jax.random.fold_in(key, n))(numbers)
    axes = ([0 if varies else None for varies in varying], None if key is None else 0, -1, None)

    def lift(f: Callable) -> Callable:
        def mapped(leaves, key, trees, t):
            return f(jax.tree.unflatten(tree, leaves), key, trees, t)

        over = jax.vmap(mapped, in_axes=axes, out_axes=-1)
        return lambda rule, key, trees, t: over(jax.tree.leaves(rule), key, trees, t)

    return parts(rule, objective, keys, lift)

"""Optimizer states that move: from Optax's own to a rule's, and back.

A run begun with `optax.adam` goes on with `transformation("adam")`, and the other way, where
both are the same rule. What is converted is what the two remember; that their hyperparameters
agree is for the caller to see to.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..errors import SlalomError
from ..rules import NAdam, Rule, Schedule, as_rule, chain, settings
from ..types import Tree
from .counterparts import Entry, entries
from .transformation import RuleState, own_states, transformation

COUNTS = ("count", "count_m2", "t")
"""What Optax's transformations call the number of their steps."""


def from_optax(
    opt_state: Any, rule: Rule | str, params: Tree, *, count: int | None = None
) -> RuleState:
    """The state of `transformation(rule)` where an Optax optimizer stands.

    Args:
        opt_state: the state of `optax.adam` or another optimizer that the rule is too, alone
            or in a chain with transformations that remember nothing.
        rule: a rule, or its text.
        params: the parameters.
        count: the steps made, where the Optax state does not count them (that of `optax.sgd`
            at a constant rate, for one) and the rule's step depends on their number.

    Raises:
        SlalomError: the two do not remember the same; it names what does not fit.
    """
    rule = as_rule(rule)
    wanted = entries(rule)
    memories, _ = _memories(opt_state, rule, wanted)
    steps = _count(memories) if count is None else count
    if steps is None and _depends_on_count(rule):
        raise SlalomError(f"the Optax state counts no steps, and {rule!r} needs them: count=…")
    steps = jnp.int32(0 if steps is None else steps)
    begin: Any = transformation(rule).init(params)
    values = {}
    for kind, theirs, ours, factor in wanted:
        [memory] = [m for m in memories if type(m).__name__ == kind]
        like = getattr(begin.states, ours)
        values[ours] = _converted(getattr(memory, theirs), factor, like, f"{kind}.{theirs}")
    if isinstance(inner := chain(rule)[-1], NAdam):
        values["product"] = jax.tree.map(
            lambda one: one * jnp.asarray(inner.beta1, one.dtype) ** steps, begin.states.product
        )
    return begin._replace(
        count=steps, states=begin.states._replace(**values) if values else begin.states
    )


def to_optax(state: Any, rule: Rule | str, opt_state: Any) -> Any:
    """The state of an Optax optimizer that goes on where a rule stands.

    Args:
        state: that of `transformation(rule)`, which may lie deeper in an optimizer's state.
        rule: what the transformation was made of, a rule or its text.
        opt_state: what the Optax optimizer's own `init` gives: the form of the result.

    Raises:
        SlalomError: the two do not remember the same; it names what does not fit.
    """
    rule = as_rule(rule)
    [own] = own_states(state)
    wanted = entries(rule)
    memories, tree = _memories(opt_state, rule, wanted)

    def filled(memory: Any) -> Any:
        kind = type(memory).__name__
        values = {
            theirs: _converted(
                getattr(own.states, ours), 1 / factor, getattr(memory, theirs), f"{kind}.{theirs}"
            )
            for of, theirs, ours, factor in wanted
            if of == kind
        }
        return memory._replace(**values, **dict.fromkeys(_counts(memory), own.count))

    return tree.unflatten([filled(memory) for memory in memories])


def _memories(opt_state: Any, rule: Rule, wanted: list[Entry]) -> tuple[list[Any], Any]:
    """The states of single transformations in that of a chain, all that it consists of.

    Raises:
        SlalomError: one is missing or there twice, or the rule does not remember its like.
    """
    places, tree = jax.tree_util.tree_flatten_with_path(opt_state, is_leaf=_is_memory)
    memories = [memory for _, memory in places]
    known = {entry.kind for entry in wanted}
    for place, memory in places:
        kind = type(memory).__name__
        nothing = _is_memory(memory) and set(memory._fields) <= {*COUNTS}
        if not nothing and (kind not in known or not _is_memory(memory)):
            where = jax.tree_util.keystr(place)
            raise SlalomError(f"{rule!r} remembers nothing like {kind}, in the Optax state{where}")
    kinds = [type(memory).__name__ for memory in memories]
    for kind in known:
        if kinds.count(kind) != 1:
            raise SlalomError(
                f"{rule!r} goes with one {kind}; the Optax state has {kinds.count(kind)}"
            )
    return memories, tree


def _is_memory(part: Any) -> bool:
    """Whether a part is what one transformation remembers, rather than what holds several."""
    fields = getattr(part, "_fields", None)
    return fields is not None and not any(name.startswith("inner") for name in fields)


def _counts(memory: Any) -> list[str]:
    """The fields that count the steps."""
    return [name for name in COUNTS if name in memory._fields]


def _count(memories: list[Any]) -> Any:
    return next((getattr(m, name) for m in memories for name in _counts(m)), None)


def _converted(values: Tree, factor: float, like: Tree, name: str) -> Tree:
    """An entry in the other's unit and dtype.

    Raises:
        SlalomError: it is not of the parameters' tree or shapes.
    """
    if jax.tree.structure(values) != jax.tree.structure(like):
        raise SlalomError(f"{name} and the parameters are not of one tree")
    for value, wanted in zip(jax.tree.leaves(values), jax.tree.leaves(like), strict=True):
        if jnp.shape(value) != jnp.shape(wanted):
            shapes = f"{jnp.shape(value)}, not {jnp.shape(wanted)}"
            raise SlalomError(f"{name} and the parameters differ in shape: {shapes}")
    return jax.tree.map(lambda v, w: (v * factor).astype(w.dtype), values, like)


def _depends_on_count(rule: Rule) -> bool:
    """Whether a step depends on the number of the steps before."""
    if any(isinstance(value, Schedule) for value in settings(rule).values()):
        return True
    if not any("t" in link.asks for link in chain(rule)):
        return False
    x = jnp.ones(())
    first, second, later = (rule.step(x, x, rule.begin(x), t) for t in (1, 2, 1000))
    return not jax.tree.all(jax.tree.map(lambda a, b, c: a == b and b == c, first, second, later))

"""A rule's state as Optax lays out its own: what belongs to the leaves as trees like theirs.

What `optax.tree` offers works on such a state, and each entry can be sharded as the parameters
are. What all leaves share stands in it as it is. Where a rule of a partition steps only some of
the leaves, its entries hold None at the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from ..errors import SlalomError
from ..rules import Rule, stepping
from ..rules.leaves import Leaves
from ..rules.partition import PARTS, Partition
from ..rules.rule import Leaf
from ..rules.settings import chain
from ..rules.state import State, mapped, of_leaf
from ..types import Tree
from .trees import Parameters


def begun(rule: Rule, known: Parameters) -> State:
    """The state before the first step."""
    if not known.live:
        return _without_leaves(rule, known)
    state = stepping.begin(rule, known.x, known.leaf)
    return _unaliased(mapped(known.entry, state), known.arrays)


def form(rule: Rule, leaf: Sequence[Leaf], dtypes: Sequence[Any]) -> State:
    """The structure of a state of the leaves that take part, without its numbers.

    Args:
        rule: whose state it is.
        leaf: what is known of the leaves.
        dtypes: their dtypes.
    """
    shapes = zip((one.shape for one in leaf), dtypes, strict=True)
    x = Leaves([jax.ShapeDtypeStruct(shape, dtype) for shape, dtype in shapes])
    return jax.eval_shape(lambda x: stepping.begin(rule, x, leaf), x)


def held(form: State, states: State, known: Parameters) -> State:
    """The state that a rule is given: of the leaves that take part alone.

    Raises:
        SlalomError: the state is of another rule, or of other parameters.
    """

    def parts(like: Any, entry: Any) -> Any:
        if isinstance(like, Leaves):
            column = _column(known, entry)
            return Leaves([column[i] for i in known.live])
        return like if _is_nothing(like) else entry

    return _walk(parts, form, states)


def kept(form: State, states: State, new: State, known: Parameters, gradients: Leaves) -> State:
    """The state after a step: new for the leaves that took part, as it was for the others."""

    def put(like: Any, entry: Any, after: Any) -> Any:
        if not isinstance(like, Leaves):
            return entry if _is_nothing(like) else after
        column = _column(known, entry)
        for number, i in enumerate(known.live):
            column[i] = of_leaf(after, number)
        return known.tree.unflatten(column)

    return _unaliased(_walk(put, form, states, new), (known.arrays, gradients))


def _walk(change: Callable[..., Any], form: State, *states: State) -> State:
    """The state of `change(like, *entries)` for every entry, `like` being that of the form.

    It is `Leaves` where the entry belongs to them, None or () where those that take part have
    none, and something else where all leaves share it.

    Raises:
        SlalomError: the first of the states has another structure than the form.
    """
    first, *rest = states
    if isinstance(form, dict):
        if not isinstance(first, dict) or form.keys() - first.keys():
            raise _other(f"it lacks one of the parts {', '.join(form)}")
        # a part none of whose leaves takes part stays as it is
        return {
            part: _walk(change, form[part], own, *(state[part] for state in rest))
            if part in form
            else own
            for part, own in first.items()
        }
    if not isinstance(form, tuple) or _is_nothing(form):
        return change(form, *states)
    if type(first) is not type(form) or len(first) != len(form):
        raise _other(f"{type(first).__name__} where it has {type(form).__name__}")
    parts = [_walk(change, *entries) for entries in zip(form, *states, strict=True)]
    return type(form)(*parts) if hasattr(form, "_fields") else tuple(parts)


def _is_nothing(form: Any) -> bool:
    return form is None or (type(form) is tuple and not form)


def _column(known: Parameters, entry: Tree) -> list[Any]:
    try:
        return known.tree.flatten_up_to(entry)
    except ValueError as error:
        raise _other(" ".join(str(error).split())) from error


def _other(message: str) -> SlalomError:
    return SlalomError(f"the state is of another rule or other parameters: {message}")


def _without_leaves(rule: Rule, known: Parameters) -> State:
    """The state of a tree without leaves, as `optax.tree_utils.tree_map_params` asks for it."""
    inner, roles = chain(rule)[-1], ["matrix"]
    if isinstance(inner, Partition):
        roles = [r for r, part in PARTS.items() if getattr(inner, part) or inner.rest]
    leaf = [Leaf("", (1, 1), -1, role) for role in roles]
    state = stepping.begin(rule, Leaves([jnp.zeros((1, 1)) for _ in leaf]), leaf)
    return mapped(known.entry, state)


def _unaliased(state: State, others: Any) -> State:
    """The state with memory of its own for each array, so that any of them can be donated."""
    taken = {id(array) for array in jax.tree.leaves(others)}

    def own(array: Any) -> Any:
        if id(array) in taken:
            return jnp.copy(array)
        taken.add(id(array))
        return array

    return jax.tree.map(own, state)

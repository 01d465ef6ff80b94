"""Whether a step's state has the form of the one before, as a compiled loop needs it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..errors import SlalomError, clip, described
from ..rules import Rule
from ..rules.leaves import Leaves
from ..rules.partition import Partition
from ..rules.returned import place
from ..rules.state import Around, named
from ..rules.wrapper import Wrapper


def check_state(rule: Rule, before: Any, after: Any) -> None:
    """Raise unless two states are alike: of the same entries, shapes and dtypes."""
    if _alike(before, after):
        return
    rule, before, after = _own(rule, before, after)
    was, came = (_entries(state) for state in (before, after))
    if was.keys() == came.keys():
        name = next(n for n in was if not _alike(was[n], came[n]))
        told = f"{name or 'a state'} as {_described(was[name])}, not {_described(came[name])}"
    else:
        told = f"a state ({_listed(was)}), not ({_listed(came)})"
    raise SlalomError(f"{place(rule, rule.formula)} must return, as init does, {told}")


def _alike(a: Any, b: Any) -> bool:
    leaves, others = jax.tree.leaves(a), jax.tree.leaves(b)
    return jax.tree.structure(a) == jax.tree.structure(b) and all(map(_fits, leaves, others))


def _fits(a: Any, b: Any) -> bool:
    # what was a Python number takes the dtype of what follows
    was_number = getattr(a, "weak_type", not hasattr(a, "dtype"))
    same_dtype = jnp.result_type(a) == jnp.result_type(b)
    return jnp.shape(a) == jnp.shape(b) and (was_number or same_dtype)


def _own(rule: Rule, before: Any, after: Any) -> tuple[Rule, Any, Any]:
    """The rule of a chain or partition whose own state changed its form, and its states."""
    if isinstance(rule, Partition):
        changed = next(n for n in before if not _alike(before[n], after[n]))
        return _own(getattr(rule, changed), before[changed], after[changed])
    if not isinstance(rule, Wrapper):
        return rule, before, after
    if not isinstance(before, Around):
        return _own(rule.wrapped, before, after)
    if not _alike(before.own, after.own):
        return rule, before.own, after.own
    return _own(rule.wrapped, before.rule, after.rule)


def _entries(state: Any) -> dict[str, Any]:
    return named(() if state is None else state)


def _listed(entries: dict[str, Any]) -> str:
    return clip(", ".join(name or "one array" for name in entries), 120)


def _described(entry: Any) -> str:
    part = entry[0] if isinstance(entry, Leaves) else entry
    if not jax.tree_util.treedef_is_leaf(jax.tree.structure(part)):
        return type(part).__name__
    return described(jax.ShapeDtypeStruct(jnp.shape(part), jnp.result_type(part)))

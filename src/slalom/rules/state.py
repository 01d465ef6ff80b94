"""States of rules over the leaves of a tree: `Leaves` for what belongs to them, the rest shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..types import State
from .leaves import Leaves


class Around(NamedTuple):
    """The state of a wrapper that remembers something itself."""

    own: State
    rule: State
    """of the rule inside"""


def gathered(states: Sequence[State]) -> State:
    """One state for a tree, of one for each leaf: a named tuple whose entries are `Leaves`."""
    first = states[0]
    if all(s is None for s in states):
        return None
    if all(type(s) is type(first) for s in states) and isinstance(first, tuple):
        if hasattr(first, "_fields"):
            return type(first)(*(gathered(column) for column in zip(*states, strict=True)))
        if not any(states):
            return ()
    return Leaves(states)


def of_leaf(state: State, index: int) -> State:
    """What a state holds for one leaf: its part of all `Leaves`, and what all leaves share."""
    return mapped(lambda entry: entry[index] if isinstance(entry, Leaves) else entry, state)


def of_leaves(state: State, indices: Sequence[int]) -> State:
    """What a state holds for some of the leaves."""
    return mapped(
        lambda entry: Leaves([entry[i] for i in indices]) if isinstance(entry, Leaves) else entry,
        state,
    )


def spread(state: State, indices: Sequence[int], count: int) -> State:
    """The state of some leaves as one of all: `Leaves` have None in the place of the others."""

    def everywhere(entry: Any) -> Any:
        if not isinstance(entry, Leaves):
            return entry
        parts: list[Any] = [None] * count
        for i, part in zip(indices, entry, strict=True):
            parts[i] = part
        return Leaves(parts)

    return mapped(everywhere, state)


def of_one(state: State) -> State:
    """The state of a tree of one array, with arrays in the place of `Leaves`."""
    return of_leaf(state, 0)


def mapped(change: Callable[[Any], Any], state: State) -> State:
    """A state of the same structure, with `change(entry)` for every entry.

    An entry is `Leaves`, or what stands in their place for one leaf or for all.
    """
    if isinstance(state, dict):
        return {part: mapped(change, own) for part, own in state.items()}
    if not isinstance(state, tuple):
        return None if state is None else change(state)
    parts = [mapped(change, entry) for entry in state]
    return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)


def named(state: State, name: str = "") -> dict[str, Any]:
    """The entries of a state by name, in order: `m`, or inside a wrapper `rule.m`.

    What a wrapper remembers itself has no prefix. A state that is one entry is called "".
    """
    if isinstance(state, Around):
        return named(state.own, name) | named(state.rule, _joined(name, "rule"))
    if state is None:
        return {}
    if isinstance(state, dict):
        parts = list(state.items())
    elif isinstance(state, tuple):
        fields = getattr(state, "_fields", None) or map(str, range(len(state)))
        parts = list(zip(fields, state, strict=True))
    else:
        return {name: state}
    found: dict[str, Any] = {}
    for part, own in parts:
        found |= named(own, _joined(name, part))
    return found


def _joined(name: str, part: str) -> str:
    return f"{name}.{part}" if name else part


def filled(state: State, entries: Mapping[str, Any], name: str = "") -> State:
    """A state of the same structure with other entries, under the names of `named`."""
    if state is None:
        return None
    if isinstance(state, Around):
        own = filled(state.own, entries, name)
        return Around(own, filled(state.rule, entries, _joined(name, "rule")))
    if isinstance(state, dict):
        return {n: filled(own, entries, _joined(name, n)) for n, own in state.items()}
    if not isinstance(state, tuple):
        return entries[name]
    fields = getattr(state, "_fields", None) or map(str, range(len(state)))
    parts = [filled(own, entries, _joined(name, f)) for f, own in zip(fields, state, strict=True)]
    return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)

"""A rule's state as PyTorch keeps it: tensors under flat names.

What belongs to a parameter lies in `optimizer.state[p]`, beside its count of steps; what all
parameters of a tree share lies in their groups. So the state of `average(0.99) | adam()` is
`{"average": …, "rule.m": …, "rule.v": …, "step": t}` for each parameter, and
`{"state.kept": …}` in each group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import torch

from ..errors import SlalomError
from ..rules import Leaf, Rule, stepping
from ..rules.leaves import Leaves
from ..rules.state import filled, named

SHARED = "state."
"""What the name of a shared entry begins with in a group."""
ITERATE = "iterate"
"""Beside the entries of a parameter's state: its iterate, while it is at the point to judge."""
DRAWS = SHARED + "generator"
"""In the groups of an optimizer that draws: the state of its generator after the last step."""
_RENAMED = {"": "state", "step": "state.step"}  # a state without a name; a name that is taken


class Form:
    """What the state of a rule looks like for parameters of certain names and shapes.

    Args:
        rule: the rule; its numbers do not matter.
        leaf: what is known of each parameter.
        dtypes: those that the rule works in.
    """

    def __init__(self, rule: Rule, leaf: Sequence[Leaf], dtypes: Sequence[torch.dtype]):
        like = [
            torch.empty(one.shape, dtype=dtype, device="meta")
            for one, dtype in zip(leaf, dtypes, strict=True)
        ]
        self.state = stepping.begin(rule, Leaves(like), leaf)
        entries = {_renamed(name): entry for name, entry in named(self.state).items()}
        self.own = {n: e for n, e in entries.items() if isinstance(e, Leaves)}
        """entries that belong to the parameters: one part for each, a tensor without memory"""
        self.shared = {n: e for n, e in entries.items() if not isinstance(e, Leaves)}
        self.names = [_of_one(self.own, i) for i in range(len(leaf))]
        """the names of the entries of each parameter"""

    def filled(self, kept: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]) -> Any:
        """The state, from what is kept of each parameter and what they share."""
        entries = {n: _together(n, parts, kept) for n, parts in self.own.items()}
        for name in self.shared:
            is_own = bool(kept) and all(name in one for one in kept)  # since a step made it so
            entries[name] = Leaves([one[name] for one in kept]) if is_own else shared[name]
        return filled(self.state, {n: entries[_renamed(n)] for n in named(self.state)})


def _together(name: str, parts: Leaves, kept: Sequence[Mapping[str, Any]]) -> Leaves:
    """One entry of all parameters; of each a tensor, None, or a tuple of them."""
    return Leaves(
        [
            one[name]
            if isinstance(part, torch.Tensor)
            else filled(part, {n: one[n] for n in named(part, name)}, name)
            for part, one in zip(parts, kept, strict=True)
        ]
    )


def _of_one(own: Mapping[str, Leaves], index: int) -> list[str]:
    return [sub for name, parts in own.items() for sub in named(parts[index], name)]


def _renamed(name: str) -> str:
    return _RENAMED.get(name, name)


def apart(state: Any, count: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The entries of a state: those of each parameter, and those that all share."""
    own: list[dict[str, Any]] = [{} for _ in range(count)]
    shared = {}
    for name, entry in named(state).items():
        if isinstance(entry, Leaves):
            for one, part in zip(own, entry, strict=True):
                one.update(named(part, _renamed(name)))
        else:
            shared[_renamed(name)] = entry
    return own, shared


def separate(found: dict[str, Any], x: torch.Tensor) -> dict[str, Any]:
    """The entries of a new state, each with memory of its own, because steps write in place."""
    taken, own = {x.data_ptr()}, {}
    for name, entry in found.items():
        own[name] = entry.clone() if entry.data_ptr() in taken else entry
        taken.add(own[name].data_ptr())
    return own


def checked(saved: Any, form: Form, index: int, p: torch.Tensor) -> dict[str, Any]:
    """A copy of one parameter's saved entries, cast to where and what the rule needs.

    Entries of the user's own are cast as PyTorch casts those of a state. Where there are no
    others, the parameter has taken no step.

    Raises:
        SlalomError: the entries of the rule are not there, or have other shapes.
    """
    wanted = apart(form.state, len(form.names))[0][index]
    also = form.shared.keys() | {ITERATE}  # shared numbers may be of each parameter since a step
    given = set(saved) - also if isinstance(saved, Mapping) else None
    has_begun = given is None or not given.isdisjoint({"step", *wanted})
    if has_begun and (given is None or not given >= {"step", *wanted}):
        shown = type(saved).__name__ if given is None else ", ".join(sorted(map(str, given)))
        raise SlalomError(
            f"the state dict is not of this rule: {', '.join(['step', *wanted])} are needed for "
            f"each parameter, and there is {shown or 'nothing'}"
        )
    found: dict[str, Any] = {"step": _count(saved["step"])} if has_begun else {}
    for name, entry in saved.items():
        like = wanted.get(name, form.shared.get(name))
        if name == ITERATE:
            found[name] = entry.detach().to(p.device, copy=True)
        elif like is not None:
            found[name] = _checked(name, entry, like, p.device)
        elif name != "step":
            found[name] = _carried(entry, p)
    return found


def _count(step: Any) -> int:
    """A saved count of steps: a whole number, also in a tensor."""
    number = step.item() if isinstance(step, torch.Tensor) and step.numel() == 1 else step
    is_whole = isinstance(number, (int, float)) and not isinstance(number, bool) and number % 1 == 0
    if not is_whole or number < 0:
        raise SlalomError(f"the state dict has no count of steps, but {step!r}")
    return int(number)


def _carried(entry: Any, p: torch.Tensor) -> Any:
    """A copy of a user's entry of a parameter's state: tensors have its place and dtype."""
    if isinstance(entry, torch.Tensor):
        return copied(entry, p.device, p.dtype if p.is_floating_point() else entry.dtype)
    if isinstance(entry, dict):
        return {name: _carried(one, p) for name, one in entry.items()}
    if type(entry) in (list, tuple):
        return type(entry)(_carried(one, p) for one in entry)
    return deepcopy(entry)


def checked_shared(
    group: Mapping[str, Any], form: Form, params: Sequence[torch.Tensor]
) -> dict[str, Any]:
    """Copies of the shared entries that a saved group holds, under their names in it.

    Raises:
        SlalomError: one has another shape.
    """
    held = {n: group[SHARED + n] for n in form.shared if SHARED + n in group}
    place = params[0].device if params else torch.device("cpu")
    return {SHARED + n: _checked(n, e, form.shared[n], place) for n, e in held.items()}


def taken_together(
    form: Form, state: Mapping[Any, dict[str, Any]], params: Sequence[torch.Tensor]
) -> dict[str, Any]:
    """Entries that parameters hold alike though they share them, taken out of their states.

    So are those of states that were saved before parameters shared anything.
    """
    found = {}
    known = [state[p] for p in params if p in state]
    for name in form.shared:
        held = [one[name] for one in known if name in one]
        if held and len(held) == len(known) and all(torch.equal(held[0], e) for e in held):
            found[SHARED + name] = held[0]
            for one in known:
                del one[name]
    return found


def _checked(name: str, saved: Any, wanted: torch.Tensor, place: torch.device) -> torch.Tensor:
    if not isinstance(saved, torch.Tensor) or saved.shape != wanted.shape:
        shape = tuple(getattr(saved, "shape", ())) or type(saved).__name__
        raise SlalomError(
            f"the state dict is of another shape: {name} has {shape} where the parameter "
            f"needs {tuple(wanted.shape)}"
        )
    return copied(saved, place, wanted.dtype)


def copied(entry: torch.Tensor, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """A copy that shares no memory, somewhere else if need be."""
    return entry.detach().to(device=device, dtype=dtype, copy=True)

"""State dicts: a run's state in plain types, checked before it is taken over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch

from ..errors import SlalomError, clip
from ..rules import Schedule, chain, parse, settings
from . import entries
from .changes import formed_as_saved
from .continuing import continues
from .parameter_group import Group, Scheduled, aliases_of, apart, names
from .words import aliases

if TYPE_CHECKING:
    from .optimizer import Optimizer


def packed(optimizer: Optimizer) -> dict[str, Any]:
    """PyTorch's layout: states by the number of the parameter, and the groups.

    Schedules are written as text, so that `torch.load(weights_only=True)` reads the file.
    """
    number: dict[torch.Tensor, int] = {}
    groups = []
    for group in optimizer.param_groups:
        for p in group["params"]:
            number[p] = len(number)
        values = {k: _written(v) for k, v in group.items() if k != "params"}
        groups.append({**values, "params": [number[p] for p in group["params"]]})
    state = {
        number.get(p, p): {name: _copy(entry) for name, entry in kept.items()}
        for p, kept in optimizer.state.items()
    }
    found: dict[str, Any] = {"state": state, "param_groups": groups}
    if optimizer.generator is not None:
        found["generator"] = optimizer.generator.get_state()
    return found


def unpacked(optimizer: Optimizer, saved: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of an optimizer that goes on from a saved state.

    Raises:
        SlalomError: the state is of another rule, or of other groups or shapes.
    """
    required(saved)
    if len(saved["param_groups"]) != len(optimizer.param_groups):
        raise SlalomError(
            f"the state dict has {len(saved['param_groups'])} parameter groups and the optimizer "
            f"{len(optimizer.param_groups)}"
        )
    groups, state = [], defaultdict(dict)
    for group, given in zip(optimizer.param_groups, saved["param_groups"], strict=True):
        groups.append(_group(group, given, optimizer))
        pairs = zip(group["params"], given["params"], strict=True)
        kept = {p: saved["state"][number] for p, number in pairs if number in saved["state"]}
        form, shared = optimizer.members.form_of(groups[-1]), {}
        for index, p in enumerate(group["params"]):
            if p in kept:
                state[p] = entries.checked(kept[p], form, index, p.device)
        shared = entries.checked_shared(groups[-1], form, group["params"])
        groups[-1].update(shared | entries.taken_together(form, state, group["params"]))
    if optimizer.generator is not None:
        if "generator" not in saved:
            raise SlalomError("the state dict lacks the state of the random generator")
        optimizer.generator.set_state(saved["generator"])
    return {"state": state, "param_groups": groups}


def required(saved: Any) -> Mapping[str, Any]:
    """`saved`, if it has the two parts of a state dict, and they look like them."""
    if not isinstance(saved, Mapping) or not {"state", "param_groups"} <= saved.keys():
        raise SlalomError(
            f"a state dict must have 'state' and 'param_groups', got {clip(repr(saved))}"
        )
    state, groups = saved["state"], saved["param_groups"]
    if not isinstance(state, Mapping):
        raise SlalomError(f"'state' in a state dict must be a dict, got {clip(repr(state))}")
    are_groups = isinstance(groups, (list, tuple)) and all(
        isinstance(group, Mapping) and isinstance(group.get("params"), (list, tuple))
        for group in groups
    )
    if not are_groups:
        raise SlalomError(
            "'param_groups' in a state dict must be a list of dicts, each with a list of 'params', "
            f"got {clip(repr(groups))}"
        )
    return saved


def _group(group: dict[str, Any], given: Mapping[str, Any], optimizer: Optimizer) -> Group:
    """A group with the saved numbers and the optimizer's own parameters."""
    if "rule" not in given:
        raise SlalomError(
            "the state dict is not of slalom.torch: load it into the torch.optim optimizer that "
            "saved it, and convert that by slalom.torch.from_torch"
        )
    rule = optimizer.members.rule_of(group)
    is_same = given["rule"] == group["rule"]
    made = None if is_same else formed_as_saved(optimizer, rule, given)
    goes_on = not is_same and made is None and continues(given["rule"], rule)
    if not (is_same or made or goes_on):
        raise SlalomError(f"the state dict must be of {group['rule']}, got one of {given['rule']}")
    rule, names_too = (rule, aliases_of(group)) if made is None else (made, aliases(made))
    if len(given["params"]) != len(group["params"]):
        raise SlalomError(
            f"the state dict has {len(given['params'])} parameters in a group of "
            f"{len(group['params'])}"
        )
    values = {k: deepcopy(v) for k, v in given.items() if k != "params"}
    if goes_on:
        values = {**{n: group[n] for n in settings(rule)}, **values, "rule": group["rule"]}
    for theirs, ours in names_too.items():
        if theirs in values and not any(name in values for name in names(ours)):
            values |= apart(ours, values[theirs])
    for name in settings(rule):
        if name not in values:
            raise SlalomError(f"the state dict lacks {name} in a parameter group")
        values[name] = _read(values[name], group.get(name))
    own = {"params": group["params"]}
    if "param_names" in group:
        own.setdefault("param_names", values.get("param_names", group["param_names"]))
    return Group(values, **own).called(names_too)


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_written(v) for v in value)
    return str(value.schedule) if isinstance(value, Scheduled) else value


def _read(value: Any, now: Any) -> Any:
    """A saved hyperparameter; a schedule's text is that of the schedule in use, or is parsed."""
    if isinstance(value, tuple):
        return tuple(_read(v, None) for v in value)
    if not isinstance(value, str):
        return value
    if isinstance(now, Schedule) and str(now) == value:
        return now
    return chain(parse(f"gradient_descent(lr={value})"))[-1].lr  # pyright: ignore


def _copy(entry: Any) -> Any:
    return entry.detach().clone() if isinstance(entry, torch.Tensor) else entry

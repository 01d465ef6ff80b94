"""State dicts: a view of a run's state in plain types; checked before it is taken over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import torch

from ..errors import SlalomError, clip
from ..rules import Schedule, chain, parse, settings
from . import entries
from .base import Base
from .changes import formed_as_saved
from .continuing import continues
from .entries import DRAWS
from .members import Members
from .parameter_group import Group, Scheduled, aliases_of, apart, names
from .words import aliases


def packed(optimizer: Base) -> dict[str, Any]:
    """PyTorch's layout: states by the number of the parameter, and the groups.

    The states are those of the optimizer, as in PyTorch: no copy is made. Schedules are written
    as text, so that `torch.load(weights_only=True)` reads the file.
    """
    keep_draws(optimizer)
    number: dict[int, int] = {}
    groups, begin = [], 0
    for group in optimizer.param_groups:
        for place, p in enumerate(group["params"], begin):
            number.setdefault(id(p), place)
        begin += len(group["params"])
        values = {k: _written(v) for k, v in group.items() if k != "params"}
        groups.append({**values, "params": [number[id(p)] for p in group["params"]]})
    state = {
        number.get(id(key), key) if isinstance(key, torch.Tensor) else key: kept
        for key, kept in optimizer.state.items()
    }
    return {"state": state, "param_groups": groups}


def keep_draws(optimizer: Base) -> None:
    """Let all groups hold the state of the generator: what all parameters share lies there."""
    if optimizer.generator is not None:
        draws = optimizer.generator.get_state()
        for group in optimizer.param_groups:
            group[DRAWS] = draws


def unpacked(optimizer: Base, members: Members, saved: Mapping[str, Any]) -> dict[str, Any]:
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
    groups, state, numbers = [], defaultdict(dict), set()
    for group, given in zip(optimizer.param_groups, saved["param_groups"], strict=True):
        groups.append(_group(group, given, optimizer))
        pairs = zip(group["params"], given["params"], strict=True)
        kept = {p: saved["state"][number] for p, number in pairs if number in saved["state"]}
        numbers.update(given["params"])
        form = members.form_of(groups[-1])
        for index, p in enumerate(group["params"]):
            if p in kept:
                state[p] = entries.checked(kept[p], form, index, p)
        shared = entries.checked_shared(groups[-1], form, group["params"])
        groups[-1].update(shared | entries.taken_together(form, state, group["params"]))
    state.update({key: kept for key, kept in saved["state"].items() if key not in numbers})
    _resume_draws(optimizer, [*groups, saved])
    return {"state": state, "param_groups": groups}


def _resume_draws(optimizer: Base, places: Sequence[Mapping[str, Any]]) -> None:
    """Let the generator go on from the state that one of these holds.

    Earlier versions kept it beside the groups, under "generator".
    """
    if optimizer.generator is None:
        return
    names = (DRAWS, "generator")
    held = [place[name] for place in places for name in names if name in place]
    if not held or not isinstance(held[0], torch.Tensor):
        raise SlalomError("the state dict lacks the state of the random generator")
    try:
        optimizer.generator.set_state(held[0].to("cpu", torch.uint8))
    except RuntimeError as error:
        where = optimizer.generator.device
        raise SlalomError(
            f"the state dict holds no state of a random generator on {where}: {error}"
        ) from error


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


def _group(group: dict[str, Any], given: Mapping[str, Any], optimizer: Base) -> Group:
    """A group with the saved numbers and the optimizer's own parameters."""
    if "rule" not in given:
        raise SlalomError(
            "the state dict is not of slalom.torch: load it into the torch.optim optimizer that "
            "saved it, and convert that by slalom.torch.from_torch"
        )
    rule = optimizer.rule_of(group)
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
    values.setdefault("maximize", optimizer.defaults["maximize"])
    if optimizer.generator is None:
        values.pop(DRAWS, None)
    for name in ("part", "param_names"):
        if name in group:
            values.setdefault(name, group[name])
    return Group(values, params=group["params"]).called(names_too)


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

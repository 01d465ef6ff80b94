"""Parameter groups: the hyperparameters of a rule under their names, as plain numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import torch

from ..errors import SlalomError, SlalomTypeError, clip
from ..rules import Rule, settings, with_settings
from ..rules.rule import HOLDS_RULE
from ..rules.value import is_hyper
from .parameter_group import Aliases, Group, Scheduled, apart


def filled(given: Mapping[str, Any], usual: Mapping[str, Any], aliases: Aliases) -> Group:
    """A group with what was given, and the rest as usual.

    Args:
        given: may have PyTorch's names of hyperparameters.
        usual: has the rule's.
        aliases: from PyTorch's names to the rule's.

    Raises:
        SlalomError: two values contradict each other.
    """
    said = {n: v for t, o in aliases.items() if t in given for n, v in apart(o, given[t]).items()}
    usual = {name: value for name, value in usual.items() if name not in aliases}
    return Group({**usual, **said, **given}).called(aliases)


def check_group(group: Mapping[str, Any], rule: Rule) -> None:
    """Raise where a group has a value that its rule does not allow."""
    if not isinstance(group["maximize"], bool):
        raise SlalomError(f"maximize must be true or false, got {clip(repr(group['maximize']))}")
    rule_with(rule, group)


def checked(given: Any) -> dict[str, Any]:
    """A group as it was given, its parameters a list.

    Raises:
        SlalomError: it is no dict with parameters, or has one that no rule can step.
    """
    if not isinstance(given, Mapping) or "params" not in given:
        kind = SlalomError if isinstance(given, Mapping) else SlalomTypeError
        raise kind(f"a parameter group must be a dict with 'params', got {clip(repr(given))}")
    group = dict(given)
    held = group["params"]
    if isinstance(held, torch.Tensor):
        held = [held]
    if isinstance(held, Iterable) and not isinstance(held, set):
        held = list(held)  # an iterator can be read once
        tensors = [p[1] if isinstance(p, tuple) else p for p in held]
        if len({id(p) for p in tensors}) < len(tensors):
            raise SlalomError("a parameter is twice in one group")
    return {**group, "params": held}


def rule_with(rule: Rule, group: Mapping[str, Any]) -> Rule:
    """The rule with the hyperparameters that a group holds.

    Raises:
        SlalomError: one is not allowed.
    """
    return with_settings(rule, plain({name: group[name] for name in settings(rule)}))


def form(rule: Rule) -> Rule:
    """The rule with every hyperparameter at its default: what is left are its conventions."""
    numbers = {f.name: f.default for f in dataclasses.fields(rule) if is_hyper(f)}
    inner = [f.name for f in dataclasses.fields(rule) if f.metadata.get("kind") in HOLDS_RULE]
    held = {name: getattr(rule, name) for name in inner}
    bare = {name: None if one is None else form(one) for name, one in held.items()}
    return rule.rebuilt(_given=frozenset(), **numbers, **bare)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, with tensors of one element made Python numbers."""
    return {name: number(value) for name, value in values.items()}


def number(value: Any) -> Any:
    """The value, or the number that a tensor of one element holds; a schedule as it was given."""
    if not isinstance(value, torch.Tensor):
        return value.schedule if type(value) is Scheduled else value
    if value.numel() != 1:
        raise SlalomError(
            f"a hyperparameter must be one number, got a tensor of shape {tuple(value.shape)}"
        )
    return value.item()


def listed(params: Any) -> list[Any]:
    """`params` as a list, of tensors, named tensors or groups.

    Raises:
        SlalomError: they are no collection, or there are none.
    """
    if isinstance(params, (torch.Tensor, str, Mapping, set)) or not isinstance(params, Iterable):
        raise SlalomTypeError(
            "params must be a list of tensors or of parameter groups, as model.parameters() "
            f"gives it, not {type(params).__name__}"
        )
    found = list(params)
    if not found:
        raise SlalomError("params is empty: there is nothing to optimize")
    return found


def kind(rule: Rule) -> tuple[Any, ...]:
    """What two rules share that differ by plain numbers only."""
    varying = settings(rule).items()
    return form(rule), tuple(float if isinstance(v, (int, float)) else v for _, v in varying)

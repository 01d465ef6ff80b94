"""Parameter groups: the hyperparameters of a rule under their names, as plain numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import torch

from ..errors import SlalomError, clip, unknown
from ..rules import Rule, chain, settings, with_settings
from ..rules.rule import HOLDS_RULE
from ..rules.value import Value, is_hyper, own_fields

# what a group holds besides hyperparameters: PyTorch's own entries, and its schedulers' notes
_NOTES = {"params", "param_names", "rule", "maximize", "differentiable", "initial_lr", "max_lr"}
_NOTES |= {"min_lr", "max_momentum", "base_momentum", "swa_lr"}


class Group(dict):
    """A parameter group, in which `betas` is another name of beta1 and beta2 together.

    PyTorch's OneCycleLR and CyclicLR cycle a momentum under one of two names, `momentum` or
    the first of `betas`.
    """

    def _has_betas(self) -> bool:
        return super().__contains__("beta1") and super().__contains__("beta2")

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or (key == "betas" and self._has_betas())

    def __missing__(self, key: str) -> Any:
        if key == "betas" and self._has_betas():
            return self["beta1"], self["beta2"]
        raise KeyError(key)

    def __setitem__(self, key: str, value: Any) -> None:
        if key == "betas" and self._has_betas():
            self["beta1"], self["beta2"] = value
            return
        if key == "initial_lr":
            self._meet_scheduler()
        super().__setitem__(key, value)

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def _meet_scheduler(self) -> None:
        """Refuse a scheduler of PyTorch, which begins by noting the initial rate."""
        rate = self.get("lr")
        if isinstance(rate, Value):
            raise SlalomError(
                f"lr is the schedule {rate!r}, which a scheduler of PyTorch cannot change: "
                "give a number for lr, or leave the scheduler out"
            )


def defaults(rule: Rule, whole: Rule, maximize: bool) -> Group:
    """What a group holds that overrides nothing.

    Args:
        rule: that of the group.
        whole: the same, or the one with the partition of which that is a part.
        maximize: ascend instead of descend.
    """
    return Group(plain(settings(rule)), maximize=maximize, rule=str(form(whole)))


def completed(given: Mapping[str, Any], usual: Group, rule: Rule) -> Group:
    """A group made of what was given for it and, for the rest, what is usual.

    Raises:
        SlalomError: an unknown name, or a value that is not allowed.
    """
    group = Group(usual)
    for name, value in given.items():
        _check_name(name, value, group, rule)
        group[name] = value
    group["rule"] = usual["rule"]
    group.update(plain({name: group[name] for name in settings(rule)}))
    if not isinstance(group["maximize"], bool):
        raise SlalomError(f"maximize must be true or false, got {clip(repr(group['maximize']))}")
    rule_with(rule, group)
    return group


def checked(given: Any) -> dict[str, Any]:
    """A group as it was given, its parameters a list.

    Raises:
        SlalomError: it is no dict with parameters, or has one that no rule can step.
    """
    if not isinstance(given, Mapping) or "params" not in given:
        raise SlalomError(
            f"a parameter group must be a dict with 'params', got {clip(repr(given))}"
        )
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


def _check_name(name: str, value: Any, group: Group, rule: Rule) -> None:
    """Refuse a name that looks like a hyperparameter and is none; labels may be anything."""
    if name in group or name in _NOTES or not isinstance(value, (int, float, tuple, Value)):
        return
    if any(name == f.name for link in chain(rule) for f in own_fields(link)):
        raise SlalomError(f"{name} is a convention of the rule, which all groups share")
    known = unknown("hyperparameter", name, settings(rule))
    raise SlalomError(f"a parameter group of {chain(rule)[-1].name}: {known}")


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
    """The value, or the number that it holds as a tensor of one element."""
    if not isinstance(value, torch.Tensor):
        return value
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
        raise SlalomError(
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

"""What the parts of an optimizer know of it: its rules, its groups and states, how it was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from ..rules import Rule
from ..rules.recipe import Change
from ..rules.roles import Roles
from .division import local
from .roles import Facts
from .untraced import UntracedAttribute


class Base(torch.optim.Optimizer):
    """The attributes of an optimizer; `optimizer.Optimizer` gives it methods."""

    param_groups: list[dict[str, Any]] = UntracedAttribute()  # pyright: ignore

    rule: Rule
    rules_of_groups: dict[str, Rule]
    """the rule of each group, under what the group has as `rule`"""
    formed: set[str]
    """those of these that entries of a group have chosen"""
    state_dtype: torch.dtype | None
    compile: bool | None
    lazy: bool
    roles: Roles
    facts: dict[str, Facts]
    """what the layers of a model tell of its parameters, by name"""
    recipe: Rule
    """the rule with its recipes"""
    changes: Mapping[torch.Tensor, Change]
    """what recipes change for each parameter"""
    frozen: list[tuple[str, torch.Tensor]]
    """the parameters that recipes freeze, which are in no group, with their names"""
    generator: torch.Generator | None

    def rule_of(self, group: Mapping[str, Any]) -> Rule:
        """The rule of a group, with any numbers."""
        return local(self.rules_of_groups[group["rule"]], group.get("part"))

    def own_states(self) -> Iterator[tuple[torch.Tensor, dict[str, Any]]]:
        """The states of parameters; beside them users may keep what they like in `state`."""
        for p, kept in self.state.items():
            if isinstance(p, torch.Tensor) and isinstance(kept, dict):
                yield p, kept

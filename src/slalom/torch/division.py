"""The parameters of a group by the parts of a partition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ..rules import Leaf, Partition, Rule, Wrapper, chain
from ..rules.roles import Roles, role_by


def divided(given: Mapping[str, Any], rule: Rule, roles: Roles) -> list[tuple[str | None, dict]]:
    """The groups that a group is made into: one for each part that has parameters.

    Args:
        given: with `params`, a list of tensors or of pairs of name and tensor.
        rule: whose partition divides them, if it has one.
        roles: what the user says that parameters are for.

    Returns:
        pairs of the name of the part, None without a partition, and the group.

    Raises:
        SlalomError: a parameter for which the partition has no rule.
    """
    partition = chain(rule)[-1]
    if not isinstance(partition, Partition):
        return [(None, dict(given))]
    parts: dict[str, list[Any]] = {}
    for one in given["params"]:
        name, p = one if isinstance(one, tuple) else ("", one)
        parts.setdefault(partition.part(leaf_of(name, p, roles)), []).append(one)
    return [(part, {**given, "params": own}) for part, own in parts.items()]


def local(rule: Rule, part: str | None) -> Rule:
    """The rule of a group: of a partition, that of its part with the wrappers around it."""
    if part is None:
        return rule
    if isinstance(rule, Wrapper):
        return rule.rebuilt(rule=local(rule.wrapped, part))
    return getattr(rule, part) if isinstance(rule, Partition) else rule


def leaf_of(name: str, p: torch.Tensor, roles: Roles) -> Leaf:
    """What is known of a parameter; its outputs are the first axis."""
    shape = tuple(p.shape)
    return Leaf(name, shape, 0, role_by(roles, name, shape))

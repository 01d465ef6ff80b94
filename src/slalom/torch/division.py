"""The parameters of a group by the parts of a partition, and by what recipes change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ..rules import Partition, Rule, Wrapper, chain
from ..rules.recipe import Change
from ..rules.roles import Roles
from .roles import Facts, leaf_of


def divided(
    given: Mapping[str, Any],
    rule: Rule,
    roles: Roles,
    facts: Mapping[str, Facts],
    changes: Mapping[torch.Tensor, Change],
) -> list[tuple[str | None, Change, dict[str, Any]]]:
    """The groups that a group is made into: one for each part and each change of its numbers.

    Args:
        given: with `params`, a list of tensors or of pairs of name and tensor.
        rule: whose partition divides them, if it has one.
        roles: what the user says that parameters are for.
        facts: what the layers of a model tell of parameters, by name.
        changes: what recipes change for parameters; what they freeze is left out.

    Returns:
        The name of the part, None without a partition; the change; and the group.

    Raises:
        SlalomError: a parameter for which the partition has no rule.
    """
    partition = chain(rule)[-1]
    if not isinstance(partition, Partition) and not changes:
        return [(None, Change(), dict(given))]
    found: dict[tuple[str | None, Change], list[Any]] = {}
    for one in given["params"]:
        name, p = one if isinstance(one, tuple) else ("", one)
        change = changes.get(p, Change())._replace(blocks=None)
        part = None
        if isinstance(partition, Partition):
            part = partition.part(leaf_of(name, p, roles, facts.get(name)))
        if not change.is_frozen:
            found.setdefault((part, change), []).append(one)
    return [(part, change, {**given, "params": own}) for (part, change), own in found.items()]


def local(rule: Rule, part: str | None) -> Rule:
    """The rule of a group: of a partition, that of its part with the wrappers around it."""
    if part is None:
        return rule
    if isinstance(rule, Wrapper):
        return rule.rebuilt(rule=local(rule.wrapped, part))
    return getattr(rule, part) if isinstance(rule, Partition) else rule

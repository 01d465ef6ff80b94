"""Recipes in PyTorch: parameter groups with numbers of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from ..errors import SlalomError
from ..rules import Partition, Rule, chain
from ..rules.plans import FACTORS, bare, multiplied, planned
from ..rules.recipe import Change
from ..rules.settings import parts, paths
from .parameter_group import Group, Scheduled
from .roles import Facts, leaf_of


def prepare(optimizer: Any, params: Sequence[Any]) -> list[Any]:
    """Find what the recipes of the optimizer's rule change, of all parameters together.

    Args:
        optimizer: the one that is being made.
        params: tensors, pairs of a name and a tensor, or groups.

    Returns:
        `params`, with lists where groups had iterators.
    """
    optimizer.frozen = []
    optimizer.changes = {}
    if bare(optimizer.recipe) is optimizer.recipe:
        return list(params)
    found = [_listed(one) for one in params]
    own = [one for one in found if not (isinstance(one, Mapping) and "rule" in one)]
    optimizer.changes = _planned(optimizer, optimizer.recipe, _pairs(own), checked=True)
    return found


def changes_of(optimizer: Any, recipe: Rule, params: Any) -> Mapping[torch.Tensor, Change]:
    """What the recipes of a group's rule change for its parameters.

    Args:
        optimizer: that gets the group.
        recipe: the rule, with recipes.
        params: of the group.
    """
    if bare(recipe) is recipe or not isinstance(params, list):
        return {}
    new = list(_pairs(params))
    if recipe is not optimizer.recipe:
        found = _planned(optimizer, recipe, new, checked=True)
    elif all(p in optimizer.changes for _, p in new):
        found = optimizer.changes
    else:  # a group that is added later: its layers are counted with those before it
        before = [pair for group in optimizer.param_groups for pair in pairs_of(group)]
        found = _planned(optimizer, recipe, [*before, *new], checked=False)
    optimizer.frozen += [(name, p) for name, p in new if found[p].is_frozen]
    return found


def scale(group: Group, rule: Rule, change: Change) -> None:
    """Let a group have the numbers that recipes give it.

    Args:
        group: with the numbers of the rule as they are without recipes.
        rule: of the group.
        change: what recipes change.
    """
    for name, (*_, field) in paths(rule).items():
        factor = getattr(change, FACTORS.get(field, ""), None)
        if factor is None or (field == "lr" and change.is_noted):
            continue
        value = group[name]
        group[name] = multiplied(factor, value.schedule if type(value) is Scheduled else value)
    if change.is_noted:
        group["lr_scale"] = change.rate


def check_rates(optimizer: Any) -> None:
    """Raise where a scheduler was to multiply the rates of groups, and has not.

    Raises:
        SlalomError: groups whose `lr_scale` differ have one rate.
    """
    if not any(getattr(link, "lr_scale", False) for link in _all_links(optimizer.recipe)):
        return
    seen: dict[Any, float] = {}
    for group in optimizer.param_groups:
        scale, lr = group.get("lr_scale"), group["lr"]
        if scale is not None and lr and seen.setdefault((group["rule"], float(lr)), scale) != scale:
            raise SlalomError(
                "lr_scale=true leaves the rates to a scheduler that multiplies them by lr_scale, "
                "as timm's do: make it before the first step, or leave out lr_scale=true"
            )


def check_matrices(optimizer: Any) -> None:
    """Raise where a partition has a rule for matrices, and the model has none.

    Among several processes the matrices may be with others.
    """
    *_, partition = chain(optimizer.rule)
    distributed = torch.distributed
    is_shared = distributed.is_available() and distributed.is_initialized()
    if not isinstance(partition, Partition) or is_shared:
        return
    groups = [group for group in optimizer.param_groups if "part" in group]
    pairs = [pair for group in groups for pair in pairs_of(group)] + optimizer.frozen
    known, roles = optimizer.facts, optimizer.roles
    partition.check_matrices(leaf_of(name, p, roles, known.get(name)) for name, p in pairs)


def pairs_of(group: Mapping[str, Any]) -> Iterator[tuple[str, torch.Tensor]]:
    """The parameters of a group with their names, "" where they have none."""
    names = group.get("param_names") or [""] * len(group["params"])
    yield from zip(names, group["params"], strict=True)


def _planned(
    optimizer: Any,
    recipe: Rule,
    pairs: Iterable[tuple[str, torch.Tensor]],
    checked: bool,
) -> dict[torch.Tensor, Change]:
    known = list(pairs)
    facts, roles = optimizer.facts, optimizer.roles
    leaf = [leaf_of(name, p, roles, facts.get(name)) for name, p in known]
    plan = planned(recipe, leaf, is_ordered=True, checked=checked)
    for (name, _), change in zip(known, plan.changes, strict=True):
        if change.blocks:
            if not name:
                raise SlalomError("split needs names: give the model, or model.named_parameters()")
            facts[name] = replace(facts.get(name, Facts()), blocks=change.blocks)
    return {p: change for (_, p), change in zip(known, plan.changes, strict=True)}


def _listed(one: Any) -> Any:
    if not isinstance(one, Mapping) or "params" not in one:
        return one
    held = one["params"]
    is_many = isinstance(held, Iterable) and not isinstance(held, (torch.Tensor, set))
    return {**one, "params": list(held) if is_many else held}


def _pairs(params: Iterable[Any]) -> Iterator[tuple[str, torch.Tensor]]:
    """Parameters with their names, of tensors, pairs and groups; others are refused later."""
    for one in params:
        if isinstance(one, Mapping):
            held = one.get("params", ())
            yield from _pairs([held] if isinstance(held, torch.Tensor) else held)
        elif isinstance(one, torch.Tensor):
            yield "", one
        elif isinstance(one, tuple) and len(one) == 2 and isinstance(one[1], torch.Tensor):
            yield one


def _all_links(rule: Rule) -> Iterator[Rule]:
    """A rule, all wrappers around it, and those in the parts of a partition."""
    for link in chain(rule):
        yield link
        for held in parts(link).values():
            yield from _all_links(held)

"""The groups of an optimizer as trees: their rules, and the parameters that take part in a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import torch

from ..errors import SlalomError
from ..rules import Leaf, Rule, chain, settings
from .base import Base
from .changes import follow
from .entries import Form
from .groups import number, rule_with
from .kinds import as_real
from .parameters import Parameter, gradient
from .roles import leaf_of
from .rows import by_rows, rows
from .trees import Member, Tree, begun, form_of, joined
from .words import couples, watched

Chosen = Callable[[str, torch.Tensor, int], Parameter | None]
"""Of a name, a parameter and the number of its group, what takes part in a step."""


class _Now(NamedTuple):
    """A group's rule with the numbers that it has now, and the entries that say so."""

    names: list[str]
    values: list[Any]
    size: int
    rule: Rule

    def is_of(self, group: dict[str, Any]) -> bool:
        """Whether a group says the same still."""
        values = self.values
        return len(group) == self.size and [number(group[n]) for n in self.names] == values


class Members:
    """What is derived from the groups and states of an optimizer, and kept between steps."""

    def __init__(self, optimizer: Base):
        self._optimizer = optimizer
        self._now: dict[int, _Now] = {}
        self._leaves: dict[torch.Tensor, Leaf] = {}
        self.forms: dict[Any, Form] = {}

    def rules(self) -> list[Rule]:
        """The rule of every group, with the numbers that it has now.

        Raises:
            SlalomError: one of them is not allowed.
        """
        return [self._at(place).rule for place in range(len(self._optimizer.param_groups))]

    def _at(self, place: int) -> _Now:
        group, known = self._optimizer.param_groups[place], self._now.get(place)
        if known is not None and known.is_of(group):
            return known
        follow(self._optimizer, group, self.form_of)
        rule = rule_with(self._optimizer.rule_of(group), group)
        names = [*settings(rule), *watched(rule, group)]
        values = [number(group[name]) for name in names]
        if known is not None and any(p in self._optimizer.state for p in group["params"]):
            before = dict(zip(known.names, known.values, strict=True))
            for name in settings(rule):
                if name in before and (before[name] is None) != (group[name] is None):
                    raise SlalomError(
                        f"{name} cannot switch between None and a number after the first step"
                    )
        self._now[place] = _Now(names, values, len(group), rule)
        return self._now[place]

    def form_of(self, group: dict[str, Any]) -> Form:
        """What the state of a group looks like, with the numbers that are in it."""
        pairs = zip(_names(group), group["params"], strict=True)
        params = [self._parameter(name, p, p, {}) for name, p in pairs]
        member = Member(0, group, rule_with(self._optimizer.rule_of(group), group), params)
        whole = joined(self._optimizer.rules_of_groups[group["rule"]], [member])
        return form_of(whole, params, self.forms)

    def with_gradients(self, everyone: bool) -> list[Tree]:
        """The trees of the parameters that have a gradient; the state of some begins here.

        Args:
            everyone: take all parameters that can have a gradient.
        """

        def chosen(name: str, p: torch.Tensor, place: int) -> Parameter | None:
            g = gradient(p, sparse=not everyone)
            if g is None:
                if not (everyone and p.requires_grad):
                    return None
                g = torch.zeros_like(as_real(p))
            one = self._parameter(name, p, g, self._optimizer.state.get(p) or {})
            if g.is_sparse:
                one = self._sparse(one, g, self._at(place).rule)
                g = one.g
            g = g if g.dtype is one.x.dtype else g.to(one.x.dtype)
            is_ascent = self._optimizer.param_groups[place]["maximize"]
            one.g, one.is_met = -g if is_ascent else g, not everyone
            return one

        return self._trees(chosen)

    def with_states(self) -> list[Tree]:
        """The trees of the parameters that have taken a step."""

        def chosen(name: str, p: torch.Tensor, place: int) -> Parameter | None:
            kept = self._optimizer.state.get(p)
            return self._parameter(name, p, p, kept) if kept and "step" in kept else None

        return self._trees(chosen)

    def _trees(self, chosen: Chosen) -> list[Tree]:
        """The groups by form, with those of their parameters that are chosen."""
        found: dict[str, list[Member]] = {}
        for place, group in enumerate(self._optimizer.param_groups):
            pairs = zip(_names(group), group["params"], strict=True)
            taken = [chosen(name, p, place) for name, p in pairs]
            known = [one for one in taken if one is not None]
            if known:
                member = Member(place, group, self._at(place).rule, known)
                found.setdefault(group["rule"], []).append(member)
        rules = self._optimizer.rules_of_groups
        return [
            Tree(rules[name], members, self.forms)
            for name, together in found.items()
            for members in _by_absence(together)
        ]

    def _parameter(self, name: str, p: torch.Tensor, g: Any, kept: dict[str, Any]) -> Parameter:
        leaf, x = self._leaves.get(p), as_real(p.detach()) if p.is_complex() else p
        if leaf is None or leaf.shape != tuple(x.shape):
            leaf = self._leaves[p] = leaf_of(
                name, x, self._optimizer.roles, self._optimizer.facts.get(name)
            )
        dtype = self._optimizer.state_dtype
        if dtype is not None and x.dtype is not dtype:
            x = x.detach().to(dtype)
        return Parameter(p, x, g, kept, kept.get("step", 0) + 1, leaf)

    def _sparse(self, one: Parameter, g: torch.Tensor, rule: Rule) -> Parameter:
        """The parameter with a sparse gradient, or those of its elements that the rule steps."""
        g = g.coalesce()
        if not by_rows(rule, self._optimizer.lazy):
            return replace(one, g=as_real(g.to_dense()))
        names = form_of(rule, [one], self.forms).names[0]
        if "step" not in one.kept:
            (entries,), _ = begun(rule, [one])
            one.kept = {**one.kept, "step": 0, **entries}
        found = rows(one, g, names)
        found.g = as_real(found.g)
        return found


def _names(group: dict[str, Any]) -> list[str]:
    return group.get("param_names") or [""] * len(group["params"])


def _by_absence(members: list[Member]) -> list[list[Member]]:
    """The groups of a form by what their states lack, where no parameter depends on another."""
    found: dict[Any, list[Member]] = {}
    for member in members:
        lacks = [value is None for link in chain(member.rule) for value in vars(link).values()]
        found.setdefault(tuple(lacks), []).append(member)
    is_alike = len(found) == 1 or couples(members[0].rule)
    return [members] if is_alike else list(found.values())

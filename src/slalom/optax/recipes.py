"""Recipes over a tree of parameters: the rule with one number for each leaf, frozen ones apart."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import jax.numpy as jnp

from ..rules import Rule
from ..rules.leaves import Leaves
from ..rules.plans import bare, planned
from ..types import Tree
from .trees import Parameters


class Resolved(NamedTuple):
    """What of a tree is stepped, and by which rule."""

    rule: Rule
    """without recipes"""
    known: Parameters
    """of which those take part that are not frozen"""
    at: list[int]
    """their places among the leaves that took part before"""
    frozen: list[int]
    """the places in the tree of the others"""

    def tree_of(self, parts: Leaves) -> Tree:
        """The tree of a step, which is 0 for what is frozen."""
        column = [None] * self.known.tree.num_leaves
        for i in self.frozen:
            column[i] = jnp.zeros_like(self.known.arrays[i])
        return self.known.tree_of(parts, column)


def resolved(rule: Rule, known: Parameters, *, checked: bool = False) -> Resolved:
    """The rule of the leaves that take part, with the numbers that recipes give them.

    Args:
        rule: with recipes.
        known: the tree; what it is made of counts, whether or not it takes part.
        checked: refuse names that are of no leaf.
    """
    if bare(rule) is rule:
        return Resolved(rule, known, list(range(len(known.live))), [])
    plan = planned(rule, list(known.everyone.values()), checked=checked)
    place = {i: number for number, i in enumerate(known.everyone)}
    is_frozen = [plan.changes[place[i]].is_frozen for i in known.live]
    live = [i for i, frozen in zip(known.live, is_frozen, strict=True) if not frozen]
    leaf = [plan.leaf[place[i]] for i in live]
    at = [number for number, frozen in enumerate(is_frozen) if not frozen]
    rest = [i for i, frozen in zip(known.live, is_frozen, strict=True) if frozen]
    now = plan.of([place[i] for i in live]) if live else plan.rule
    return Resolved(now, replace(known, live=live, leaf=leaf), at, rest)

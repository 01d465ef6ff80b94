"""The rates that rules have, and a warning where one does not leave its first value."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from ..rules import stepping
from ..rules.leaves import Leaves
from ..rules.stuck import finds_its_rate, stuck
from .trees import Tree

STUCK_AFTER = 100
"""The number of the step after which a rate that is the first one still is told."""

Rate = float | None


def rates_of(groups: Iterable[dict[str, Any]], trees: Iterable[Tree]) -> list[Rate | list[Rate]]:
    """For each group its rate, or those of its parameters where they differ."""
    by_parameter: dict[Any, Rate] = {}
    for tree in trees:
        before = None if tree.counts is None else Leaves([t - 1 for t in tree.counts])
        found = stepping.rate(tree.rule, tree.state, tree.x, tree.t - 1, tree.leaf, before)
        many = found if isinstance(found, Leaves) else [found] * len(tree.parameters)
        for one, rate in zip(tree.parameters, many, strict=True):
            by_parameter[one.p] = _number(rate)
    return [_one_or_all([by_parameter.get(p) for p in group["params"]]) for group in groups]


def may_be_stuck(tree: Tree) -> bool:
    """Whether `tell_stuck` has yet to look at the rate."""
    return tree.t < STUCK_AFTER and finds_its_rate(tree.rule)


def tell_stuck(tree: Tree) -> None:
    """Warn where the rate of a rule is the first one still, with the cause, at one step."""
    if tree.t != STUCK_AFTER:
        return
    for name, found in stuck(tree.rule, tree.state, tree.x, tree.t, tree.leaf):
        if _number(found.holds):
            cause = next(why for holds, why in found.causes if _number(holds))
            warnings.warn(
                f"{name}: after {tree.t} steps {found.start} still: {cause}", stacklevel=2
            )


def _one_or_all(found: list[Rate]) -> Rate | list[Rate]:
    known = {rate for rate in found if rate is not None}
    return found if len(known) > 1 else next(iter(known), None)


def _number(value: Any) -> float:
    """A scalar, also one that is laid out over processes."""
    return float(value.full_tensor() if hasattr(value, "full_tensor") else value)

"""Parameters at the points to judge, where these are not the iterates: averages of them."""

from __future__ import annotations

from ..rules import stepping
from .base import Base
from .entries import ITERATE
from .kinds import as_real
from .members import Members


def is_judging(optimizer: Base) -> bool:
    """Whether the parameters are at the points to judge."""
    return any(ITERATE in kept for _, kept in optimizer.own_states())


def to_points(members: Members) -> None:
    """Hold the parameters at the points to judge, and keep the iterates in their states."""
    held, points = [], []
    for tree in members.with_states():
        held += tree.parameters
        points += list(stepping.judged(tree.rule, tree.state, tree.x, tree.leaf))
    for one, point in zip(held, points, strict=True):
        one.kept[ITERATE] = one.p.detach().clone()
        as_real(one.p).copy_(point)


def to_iterates(optimizer: Base) -> None:
    """Put the parameters back to the iterates."""
    for p, kept in optimizer.own_states():
        if ITERATE in kept:
            p.copy_(kept.pop(ITERATE))

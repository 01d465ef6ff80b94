"""One side of a comparison: an optimizer that is driven from outside, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ...rules import Rule, stepping
from ...rules.leaves import Leaves
from .arenas import Arena, Arrays

Known = list[tuple[Arrays, Arrays]]
"""The points asked at in one step, and the gradients there."""


@dataclass(frozen=True)
class Evaluations:
    """What an optimizer may ask of an arena in one step.

    Attributes:
        arena: where it is.
        xs: where it stands, one array for each leaf.
        t: the number of the step, from 1.
        known: gradients that are not computed again; grows by those that were not known.
    """

    arena: Arena
    xs: Arrays
    t: int
    known: Known = field(default_factory=list)

    def gradient(self, points: Arrays) -> Arrays:
        """The gradient at some point."""
        found = next((gs for at, gs in self.known if _same(at, points)), None)
        if found is None:
            found = self.arena.gradient(points, self.xs, self.t)
            self.known.append((points, found))
        return found

    def offers(self) -> stepping.Offers:
        """What a rule may ask for."""
        arena, xs, t = self.arena, self.xs, self.t
        return stepping.Offers(
            g=lambda: Leaves(self.gradient(xs)),
            grad=lambda point: Leaves(self.gradient(_plain(point))),
            loss=lambda: arena.loss(xs, xs, t),
            value=lambda point: arena.loss(_plain(point), xs, t),
            hvp=lambda u: Leaves(arena.product(_plain(u), xs, t)),
            key=arena.draws(t),
            leaf=arena.leaf,
        )


class Side(Protocol):
    """An optimizer somewhere on an arena."""

    @property
    def xs(self) -> Arrays:
        """Where it stands, one float64 array for each leaf."""
        ...

    @property
    def judged(self) -> Arrays:
        """The point to judge, which for an averaging rule is another."""
        ...

    def begin(self, xs: Arrays) -> None:
        """Stand at `xs` and remember nothing."""
        ...

    def place(self, xs: Arrays) -> None:
        """Stand at `xs` and remember what was remembered."""
        ...

    def step(self, asked: Evaluations) -> None:
        """Take one step; what it needs for it is asked for."""
        ...


class RuleSide:
    """A rule of Slalom's, eagerly on NumPy arrays."""

    def __init__(self, rule: Rule, arena: Arena):
        self._rule, self._leaf = rule, arena.leaf

    def begin(self, xs: Arrays) -> None:
        self.xs = xs
        self._state = stepping.begin(self._rule, Leaves(xs), self._leaf)

    def place(self, xs: Arrays) -> None:
        self.xs = xs

    def step(self, asked: Evaluations) -> None:
        x: Any = Leaves(self.xs)
        with np.errstate(all="ignore"):  # a run that diverges is a result
            delta, self._state = stepping.step(self._rule, self._state, x, asked.t, asked.offers())
            self.xs = _plain(x + delta)

    @property
    def judged(self) -> Arrays:
        return _plain(stepping.judged(self._rule, self._state, Leaves(self.xs), self._leaf))


def _plain(leaves: Any) -> Arrays:
    return [np.asarray(leaf, dtype=np.float64) for leaf in leaves]


def _same(a: Arrays, b: Arrays) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))

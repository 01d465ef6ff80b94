"""One side of a comparison: an optimizer that is driven from outside, gradient by gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from ...rules import Rule
from .arenas import Arena, Leaves

Probe = tuple[Any, Leaves]


class Side(Protocol):
    """An optimizer somewhere on an arena."""

    @property
    def xs(self) -> Leaves:
        """Where it stands, one float64 array for each leaf."""
        ...

    @property
    def judged(self) -> Leaves:
        """The point to judge, which for an averaging rule is another."""
        ...

    def begin(self, xs: Leaves) -> None:
        """Stand at `xs` and remember nothing."""
        ...

    def place(self, xs: Leaves) -> None:
        """Stand at `xs` and remember what was remembered."""
        ...

    def ask(self) -> Sequence[Probe]:
        """The weighted points at which it asks for the gradient."""
        ...

    def step(self, gs: Leaves) -> None:
        """Take one step with the weighted sum of the gradients."""
        ...


class RuleSide:
    """A rule of Slalom's, eagerly on NumPy arrays."""

    def __init__(self, rule: Rule, arena: Arena):
        self._rule, self._arena = rule, arena

    def begin(self, xs: Leaves) -> None:
        self.xs, self._t = xs, 0
        self._states = self._rule.init_leaves(xs)

    def place(self, xs: Leaves) -> None:
        self.xs = xs

    def ask(self) -> Sequence[Probe]:
        leaves = zip(self.xs, self._states, strict=True)
        probes = [self._rule.probes(x, state, self._t + 1) for x, state in leaves]
        return [(probe[0][0], [_plain(p) for _, p in probe]) for probe in zip(*probes, strict=True)]

    def step(self, gs: Leaves) -> None:
        self._t += 1
        extra = {n: self._arena.needed(n, self.xs, self._t) for n in self._rule.needs}
        with np.errstate(all="ignore"):  # a run that diverges is a result
            deltas, self._states = self._rule.update_leaves(
                gs, self._states, self.xs, self._t, **extra
            )
            self.xs = [_plain(x + delta) for x, delta in zip(self.xs, deltas, strict=True)]

    @property
    def judged(self) -> Leaves:
        return [_plain(x) for x in self._rule.evaluate_leaves(self.xs, self._states)]


def _plain(x: Any) -> np.ndarray:
    return np.asarray(x, dtype=np.float64)

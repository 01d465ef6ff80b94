"""What the pictures of a race need of each rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..descent import Outcome
from ..studies import Race
from .looks import Look, looks


@dataclass(frozen=True)
class Lanes:
    """What a race's pictures need of each rule, in the order of the race.

    Attributes:
        labels: the rules.
        looks: how they are drawn.
        outcomes: how their runs ended.
        paths: shape (rule, step, axis).
        losses: shape (rule, step).
        rounding: booleans of shape (rule, step): where a path is rounding.
    """

    labels: list[str]
    looks: list[Look]
    outcomes: list[Outcome]
    paths: np.ndarray
    losses: np.ndarray
    rounding: np.ndarray

    @classmethod
    def of(cls, race: Race) -> Lanes:
        """The lanes of a race."""
        data = race.data
        labels = data.rule.values.tolist()
        return cls(
            labels,
            looks(data.rule_name.values.tolist(), labels),
            race.outcomes,
            data.position.transpose("rule", "step", "axis").values.astype(float),
            data.loss.transpose("rule", "step").values.astype(float),
            race.rounding,
        )

    @property
    def failed(self) -> list[bool]:
        """Which of the runs failed."""
        return [outcome.failed for outcome in self.outcomes]

"""Polyak's step size: as far as the loss is above its minimum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import optax, paper
from .leaves import Array, norm
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import larger, machine_epsilon, one, smaller, where


class PolyakState(NamedTuple):
    """A number that all parameters share."""

    rate: Array
    """of the last step"""


@dataclass(frozen=True)
class Polyak(Rule, name="polyak"):
    """Gradient descent whose rate is the height above the minimum over the squared slope.

        x -= lr min((f - f_min) / (norm(g)² + eps), largest) g

    with f the loss at x on the batch of g, and no step where norm(g)² is below the machine
    epsilon. The norm is that of all parameters together. A loss below f_min steps uphill, as in
    Optax; `positive` has max(f - f_min, 0).

    Source: Polyak, "Introduction to optimization", 1987; Loizou et al., "Stochastic Polyak
    step-size for SGD", 2021, arXiv 2002.10542. As `optax.polyak_sgd`.
    """

    known = (
        paper(largest=math.inf),
        optax(
            "polyak_sgd",
            {"max_learning_rate": "largest", "scaling": "lr", "variant": "positive"},
            words={"variant": {"sps": False, "sps+": True}},
            entries=lambda rule: [],
        ),
    )

    coupled = True

    lr: Number = hyper(1.0, "factor of the step, without a unit")
    f_min: Number = hyper(0.0, "the loss at the minimum", "(-inf, inf)")
    largest: Number = hyper(1.0, "the largest rate", "(0, inf]")
    eps: Number = hyper(0.0, "added to the squared norm")
    positive: bool = convention(False, "no step where the loss is below f_min")

    def init(self, x):
        return PolyakState(0 * one(x))

    def update(self, g, loss):
        slope, height = norm(g), loss - self.f_min
        if self.positive:
            height = larger(height, 0)
        flat = slope <= machine_epsilon(g) ** 0.5
        below = where(flat, 1.0, slope)
        # the square of the slope is not computed, since it may overflow
        rate = smaller(height / below / (below + self.eps / below), self.largest)
        after = PolyakState(self.lr * where(flat, 0.0, rate))
        return -after.rate * g, after

    def rate(self, after):
        return after.rate

"""Optimistic gradient descent: the next gradient is expected to change as the last one did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, optax, paper
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import copied, where, zeros


class OptimisticState(NamedTuple):
    """The gradient of the step before, shaped like the parameters."""

    last: Array


@dataclass(frozen=True)
class Optimistic(Rule, name="optimistic"):
    """Gradient descent that adds the change of the gradient.

        x -= lr (alpha g + beta (g - last))
        last = g

    with last = g at the first step. For games and saddle points, about which gradient descent
    circles.

    Source: Daskalakis, Ilyas, Syrgkanis & Zeng, "Training GANs with optimism", 2017, arXiv
    1711.00141; with alpha and beta: Mokhtari, Ozdaglar & Pattathil, "A unified analysis of
    extra-gradient and optimistic gradient methods for saddle point problems", 2019, arXiv
    1901.08511.
    """

    known = (
        paper(lr=ASKED),
        optax("optimistic_gradient_descent", {"learning_rate": "lr"}, defaults={"lr": ASKED}),
    )

    lr: Number = hyper(0.01, "learning rate")
    alpha: Number = hyper(1.0, "weight of the gradient")
    beta: Number = hyper(1.0, "weight of its change")

    def init(self, x):
        return OptimisticState(zeros(x))

    def update(self, g, state, t):
        last = where(t == 1, g, state.last)
        step = self.alpha * g + self.beta * (g - last)
        return -self.lr * step, OptimisticState(copied(g))

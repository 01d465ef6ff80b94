"""ASGD: gradient descent at a falling rate, and the average of where it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, paper, torch
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import copied, full, larger, one, where


class ASGDState(NamedTuple):
    """The average, shaped like the parameters, and two scalars, both of the next step."""

    a: Array
    eta: Array
    """the rate"""
    mu: Array
    """the weight of the iterate in the average"""


@dataclass(frozen=True)
class ASGD(Rule, name="asgd"):
    """Averaged stochastic gradient descent, judged at the average of its iterates.

        x = x - eta (g + decay x)
        a = x while mu = 1, then a + mu (x - a)
        eta = lr / (1 + decay lr t)^power
        mu = 1 / max(1, t - after)

    from eta = lr and mu = 1; both are computed for the next step. `decay` is a pull of the weights
    as well as what lowers the rate. The average begins after the step `after`. `evaluate` gives it;
    PyTorch keeps it in the state and never uses it. `average(...)` averages any rule.

    Source: Polyak & Juditsky, "Acceleration of stochastic approximation by averaging", 1992; the
    rate: Bottou, "Stochastic gradient tricks", 2012.
    """

    known = (
        paper(lr=ASKED, decay=ASKED, after=ASKED),
        torch(
            "ASGD",
            {"lambd": "decay", "alpha": "power", "t0": "after"},
            entries={"ax": "a", "eta": "eta", "mu": "mu"},
            decay="coupled",
        ),
    )

    lr: Number = hyper(0.01, "learning rate at the start")
    decay: Number = hyper(1e-4, "strength of the pull, and how soon the rate falls")
    power: Number = hyper(0.75, "power with which the rate falls")
    after: Number = hyper(1e6, "the step after which the average begins")

    def init(self, x):
        return ASGDState(copied(x), self.lr * one(x), one(x))

    def update(self, g, state, x, t):
        delta = -state.eta * (g + self.decay * x)
        now = x + delta
        a = where(state.mu == 1, now, state.a + state.mu * (now - state.a))
        eta = self.lr / (1 + self.decay * self.lr * t) ** self.power
        mu = 1 / larger(t - self.after, 1.0)
        return delta, ASGDState(a, full(state.eta, eta), full(state.mu, mu))

    def rate(self, state):
        return state.eta

    def evaluate(self, state):
        return state.a

"""ACProp: each gradient divided by how far those before it were from their average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .adam import OPTAX_BETAS
from .counterpart import ASKED, Entry, optax, paper
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import ema, larger, one, root, where, zeros


class ACPropState(NamedTuple):
    """Averages shaped like the parameters."""

    m: Array
    """of `g`"""
    s: Array
    """of `(g - m)²`"""


@dataclass(frozen=True)
class ACProp(Rule, name="acprop"):
    """The second moment of AdaBelief, taken before the step's own gradient, and no momentum.

        d = 1 at t = 1, else sqrt(s / (1 - beta2^(t-1)))
        x -= lr g / (d + eps)
        s = beta2 s + (1 - beta2) (g - m)² + eps_root
        m = beta1 m + (1 - beta1) g

    The first step is gradient descent. A gradient has no part in its own denominator, and the m
    that is subtracted is the one before it. eps_root adds up, at most to eps_root / (1 - beta2).

    Source: Zhuang et al., "Momentum centering and asynchronous update for adaptive gradient
    methods", 2021, arXiv 2110.05454.
    """

    known = (
        paper(),
        optax(
            "contrib.acprop",
            OPTAX_BETAS,
            defaults={"lr": ASKED},
            entries=lambda rule: [
                Entry("ScaleByBeliefState", "mu", "m"),
                Entry("ScaleByBeliefState", "nu", "s"),
            ],
            decay="decoupled",
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square of the rest", "[0, 1)")
    eps: Number = hyper(1e-16, "keeps the denominator from 0")
    eps_root: Number = hyper(1e-16, "added to the mean square in each step")

    def init(self, x):
        return ACPropState(zeros(x), zeros(x))

    def update(self, g, state, t):
        corrected = state.s / (1 - self.beta2 ** larger(t - 1, 1))
        square = where(t == 1, one(g), corrected)
        rest = g - state.m
        s = ema(self.beta2, state.s, rest * rest) + self.eps_root
        m = ema(self.beta1, state.m, g)
        return -self.lr * g / root(square, self.eps, inside=False), ACPropState(m, s)

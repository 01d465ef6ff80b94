"""AdaBound: Adam's step sizes between bounds that close in on one rate."""

from __future__ import annotations

from dataclasses import dataclass

from .adam import BETAS, MOMENTS, AdamState
from .counterpart import known_as, kozistr, paper
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import clip, ema, larger, root, where, zeros

SCHEDULED = (
    "final_lr is multiplied by lr over its first value: the same where lr is constant; the "
    "largest v is kept from 0 by 1e-15 under the root"
)


@dataclass(frozen=True)
class AdaBound(Rule, name="adabound"):
    """From Adam to gradient descent with momentum, as the bounds of its step sizes close.

        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) g²
        low = final_lr (1 - 1 / (gamma t + 1)),  high = final_lr (1 + 1 / (gamma t))
        x -= clip(lr sqrt(1 - beta2^t) / (1 - beta1^t) / (sqrt(v) + eps), low, high) m

    The corrections stand inside the bounds, so late steps are final_lr m. `amsbound` takes the
    largest v so far in place of v. The bounds do not depend on lr, except that there is no step
    where it is 0: a schedule of lr belongs on final_lr too.

    Source: Luo, Xiong, Liu & Sun, "Adaptive gradient methods with dynamic bound of learning
    rate", 2019, arXiv 1902.09843.
    """

    known = (
        paper(),
        kozistr(
            "AdaBound",
            {**BETAS, "ams_bound": "amsbound"},
            unmatched=("weight_decouple", "fixed_decay"),
            entries=MOMENTS,
            decay="decoupled",
            departs=SCHEDULED,
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    final_lr: Number = hyper(0.1, "the rate to which the bounds close in")
    gamma: Number = hyper(0.001, "how fast they do", "(0, inf)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    amsbound: bool = convention(False, "divide by the root of the largest v so far")

    def init(self, x):
        return AdamState(zeros(x), zeros(x), zeros(x) if self.amsbound else None)

    def update(self, g, state, t):
        m = ema(self.beta1, state.m, g)
        v = ema(self.beta2, state.v, g * g)
        square, largest = v, state.largest
        if self.amsbound:
            square = largest = larger(largest, v)
        rate = self.lr * (1 - self.beta2**t) ** 0.5 / (1 - self.beta1**t)
        final_lr = where(self.lr == 0, 0.0, self.final_lr)
        low = final_lr * (1 - 1 / (self.gamma * t + 1))
        high = final_lr * (1 + 1 / (self.gamma * t))
        size = clip(rate / root(square, self.eps, inside=False), low, high)
        return -size * m, AdamState(m, v, largest)


@known_as(
    paper(),
    kozistr(
        "AdaBound",
        BETAS,
        only_with={"ams_bound": True},
        unmatched=("weight_decouple", "fixed_decay"),
        entries=MOMENTS,
        decay="decoupled",
        departs=SCHEDULED,
    ),
)
def amsbound(
    lr: Number = 0.001,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    final_lr: Number = 0.1,
    gamma: Number = 0.001,
    eps: Number = 1e-8,
) -> Rule:
    """AdaBound whose denominators never fall (Luo, Xiong, Liu & Sun 2019)."""
    return AdaBound(lr, beta1, beta2, final_lr, gamma, eps, amsbound=True)

"""Adam with D-Adaptation: the rate is a lower bound of the distance to the minimum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import SlalomError
from .counterpart import Entry, authors, kozistr, optax, paper
from .leaves import Array, Leaves, dot, total
from .rule import Number, Rule
from .stuck import BELOW, NO_GRADIENT, Stuck
from .value import convention, hyper
from .vocabulary import ema, larger, one, quotient, smaller, sqrt, zeros


class DAdaptAdamState(NamedTuple):
    """Averages shaped like the parameters, and two numbers that all of them share."""

    m: Leaves
    """of `rate g`"""
    v: Leaves
    """of `g²`"""
    s: Leaves
    """of `rate g`, with the decay sqrt(beta2)"""
    d: Array
    """the estimate of the distance to the minimum"""
    k: Array
    """the average of `rate dot(g, s / (sqrt(v) + eps))`"""


_OPPOSED = (
    "successive gradients are against each other, so they are noise or steps are too long: give a "
    "smaller d0, or larger batches"
)


@dataclass(frozen=True)
class DAdaptAdam(Rule, name="dadapt_adam"):
    """Adam with a rate that grows while gradients agree with those before.

        rate = d lr;  q = sqrt(beta2)
        k = q k + (1 - q) rate dot(g, s / (sqrt(v) + eps))
        m = beta1 m + (1 - beta1) rate g;  v = beta2 v + (1 - beta2) g²
        s = q s + (1 - q) rate g
        d' = k / ((1 - q) sum(|s|));  d = max(d, min(d', growth d))
        x -= m / (sqrt(v) + eps)

    from d = d0. The product and the sum run over all parameters together; k reads the s and v
    before the step. rate holds the d before the step, and with `debias` the factor
    `sqrt(1 - beta2^t) / (1 - beta1^t)`, as it always does in Optax. Prodigy has taken its place.

    Source: Defazio & Mishchenko, "Learning-rate-free learning by D-Adaptation", 2023, arXiv
    2301.07733.
    """

    known = (
        paper(),
        optax(
            "contrib.dadapt_adamw",
            {"learning_rate": "lr", "betas": ("beta1", "beta2"), "estim_lr0": "d0"},
            conventions={"debias": True},
            entries=lambda rule: _in_optax(rule),
            decay="decoupled",
        ),
        authors(
            "DAdaptAdam",
            {
                "betas": ("beta1", "beta2"),
                "growth_rate": "growth",
                "use_bias_correction": "debias",
            },
            unmatched=("decouple", "log_every"),
            entries={"exp_avg": "m", "exp_avg_sq": "v", "s": "s"},
            decay="coupled",
            package="dadaptation",
        ),
        kozistr(
            "DAdaptAdam",
            {"betas": ("beta1", "beta2"), "growth_rate": "growth", "bias_correction": "debias"},
            unmatched=("weight_decouple", "fixed_decay"),
            decay="coupled",
            departs="has its sums in float32",
        ),
    )

    coupled = True

    lr: Number = hyper(1.0, "factor of the rate, without a unit")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0", "(0, inf)")
    d0: Number = hyper(1e-6, "the first estimate of the distance", "(0, inf)")
    growth: Number = hyper(math.inf, "how much d may grow in a step", "[1, inf]")
    debias: bool = convention(False, "correct the averages, on the rate")

    def init(self, x):
        none = 0 * one(x)
        return DAdaptAdamState(zeros(x), zeros(x), zeros(x), none + self.d0, none)

    def update(self, g, state, t):
        rate, q = self.rate(state, t), self.beta2**0.5
        k = ema(q, state.k, rate * dot(g, state.s / (sqrt(state.v) + self.eps)))
        m = ema(self.beta1, state.m, rate * g)
        v = ema(self.beta2, state.v, g * g)
        s = ema(q, state.s, rate * g)
        estimate = quotient(k, (1 - q) * total(abs(s)))
        d = larger(state.d, smaller(estimate, state.d * self.growth))
        return -m / (sqrt(v) + self.eps), DAdaptAdamState(m, v, s, d, k)

    def rate(self, state, t):
        rate = state.d * self.lr
        return rate * (1 - self.beta2**t) ** 0.5 / (1 - self.beta1**t) if self.debias else rate

    def stuck(self, state, x):
        causes = (
            (total(abs(state.s)) == 0, NO_GRADIENT),
            (state.k <= 0, _OPPOSED),
            (True, BELOW.format("d0")),
        )
        return Stuck(f"d is d0 = {self.d0:g}", state.d <= self.d0, causes)


def _in_optax(rule: DAdaptAdam) -> list[Entry]:
    if rule.growth != math.inf:
        raise SlalomError("Optax's D-Adaptation does not bound the growth of d: growth=inf")
    names = {
        "exp_avg": "m",
        "exp_avg_sq": "v",
        "grad_sum": "s",
        "estim_lr": "d",
        "numerator_weighted": "k",
    }
    return [Entry("DAdaptAdamWState", theirs, ours) for theirs, ours in names.items()]

"""Prodigy: Adam that finds its own rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import SlalomError
from .counterpart import Entry, authors, optax, paper
from .leaves import Array, Leaves, dot, total
from .rule import Number, Rule
from .stuck import BELOW, NO_GRADIENT, NO_MOVE, Stuck
from .value import convention, hyper
from .vocabulary import copied, ema, larger, one, quotient, smaller, sqrt, where, zeros


class ProdigyState(NamedTuple):
    """Averages shaped like the parameters, and three numbers that all of them share."""

    m: Leaves
    """of `d g`"""
    v: Leaves
    """of `d² g²`"""
    s: Leaves
    """the weighted sum of gradients"""
    x1: Leaves
    """the first iterate"""
    d: Array
    """the estimate of the distance to the minimum"""
    k: Array
    """the weighted sum of `dot(g, x1 - x)`"""
    top: Array
    """the largest estimate so far"""


_NO_WAY_BACK = (
    "the gradients do not point back to the start, so the loss rises or is noise: give another d0, "
    "or larger batches"
)


@dataclass(frozen=True)
class Prodigy(Rule, name="prodigy"):
    """Adam with a rate that grows to the distance between start and minimum.

        rate = d lr
        k = beta3 k + d / d0 rate dot(g, x1 - x)
        s = beta3 s + d / d0 rate g
        m = beta1 m + (1 - beta1) d g;  v = beta2 v + (1 - beta2) d² g²
        d' = d_coef k / sum(|s|);  while d = d0: d = max(d, d')
        top = max(top, d');  d = min(top, growth d)
        x -= rate m / (sqrt(v) + d eps)

    from d = d0, with x1 the first iterate and beta3 = sqrt(beta2) unless given. The products and
    sums run over all parameters together. rate holds the d before the step, and with `debias` the
    factor `sqrt(1 - beta2^t) / (1 - beta1^t)`, as it always does in Optax. Schedules go on lr;
    with a warm-up set `safeguard_warmup`, which weighs s by d in place of rate.

    Source: Mishchenko & Defazio, "Prodigy: an expeditiously adaptive parameter-free learner",
    2023, arXiv 2306.06101.
    """

    known = (
        paper(),
        optax(
            "contrib.prodigy",
            {
                "learning_rate": "lr",
                "betas": ("beta1", "beta2"),
                "estim_lr0": "d0",
                "estim_lr_coef": "d_coef",
            },
            conventions={"debias": True},
            entries=lambda rule: _in_optax(rule),
            decay="decoupled",
        ),
        authors(
            "Prodigy",
            {
                "betas": ("beta1", "beta2"),
                "growth_rate": "growth",
                "use_bias_correction": "debias",
            },
            unmatched=("decouple", "slice_p"),
            entries={"exp_avg": "m", "exp_avg_sq": "v", "s": "s", "p0": "x1"},
            decay="decoupled",
            package="prodigyopt",
        ),
    )

    coupled = True

    lr: Number = hyper(1.0, "factor of the rate, without a unit")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    beta3: Number | None = hyper(None, "decay of k and s; none: sqrt(beta2)", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0, in units of d", "(0, inf)")
    d0: Number = hyper(1e-6, "the first estimate of the distance", "(0, inf)")
    d_coef: Number = hyper(1.0, "factor of the estimate", "(0, inf)")
    growth: Number = hyper(math.inf, "how much d may grow in a step", "[1, inf]")
    debias: bool = convention(False, "correct the averages, on the rate")
    safeguard_warmup: bool = convention(False, "weigh s by d, not by the rate")

    def init(self, x):
        none = 0 * one(x)
        d, top = none + self.d0, none + self.d0  # each in memory of its own
        return ProdigyState(zeros(x), zeros(x), zeros(x), copied(x), d, none, top)

    def update(self, g, state, x, t):
        d, rate = state.d, self.rate(state, t)
        beta3 = self.beta2**0.5 if self.beta3 is None else self.beta3
        k = beta3 * state.k + d / self.d0 * rate * dot(g, state.x1 - x)
        weight = d / self.d0 * (d if self.safeguard_warmup else rate)
        s = beta3 * state.s + weight * g
        m = ema(self.beta1, state.m, d * g)
        v = ema(self.beta2, state.v, d * d * g * g)
        estimate = self.d_coef * quotient(k, total(abs(s)))
        top = larger(state.top, estimate)
        begun = where(d == self.d0, larger(d, estimate), d)
        d = smaller(top, begun * self.growth)
        return -rate * m / (sqrt(v) + d * self.eps), ProdigyState(m, v, s, state.x1, d, k, top)

    def rate(self, state, t):
        rate = state.d * self.lr
        return rate * (1 - self.beta2**t) ** 0.5 / (1 - self.beta1**t) if self.debias else rate

    def stuck(self, state, x):
        causes = (
            (total(abs(state.s)) == 0, NO_GRADIENT),
            (total(abs(x - state.x1)) == 0, NO_MOVE.format("d0")),
            (state.k <= 0, _NO_WAY_BACK),
            (True, BELOW.format("d0")),
        )
        return Stuck(f"d is d0 = {self.d0:g}", state.d <= self.d0, causes)


def _in_optax(rule: Prodigy) -> list[Entry]:
    if rule.growth != math.inf:
        raise SlalomError("Optax's Prodigy does not bound the growth of d: growth=inf")
    names = {
        "exp_avg": "m",
        "exp_avg_sq": "v",
        "grad_sum": "s",
        "params0": "x1",
        "numerator_weighted": "k",
        "estim_lr": "d",
    }
    found = [Entry("ProdigyState", theirs, ours) for theirs, ours in names.items()]
    return [Entry("ProdigyState", "estim_lr", "top"), *found]  # without a bound, d is the top

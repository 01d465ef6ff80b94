"""AdEMAMix: Adam with a second, much longer average of the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .adam import OPTAX_BETAS
from .counterpart import ASKED, Entry, kozistr, optax, paper
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import debias, ema, exp, larger, log, root, smaller, where, zeros


class AdEMAMixState(NamedTuple):
    """Averages shaped like the parameters."""

    m: Array
    """of `g`"""
    slow: Array
    """of `g`, over many more steps"""
    v: Array
    """of `g²`"""


@dataclass(frozen=True)
class AdEMAMix(Rule, name="ademamix"):
    """Adam whose mean gradient is joined by one that remembers thousands of steps.

        m = beta1 m + (1 - beta1) g
        slow = beta3 slow + (1 - beta3) g
        v = beta2 v + (1 - beta2) g²
        x -= lr (m̂ + alpha slow) / (sqrt(v̂) + eps)

    slow is not debiased. In a warm-up, with s = t / warmup, alpha s stands in place of alpha, and
    in place of beta3 what grows from beta1 to it so that the half-life of slow grows evenly:
    `exp(1 / ((1 - s) / ln beta1 + s / ln beta3))`. In the paper it lasts as long as the training.

    Source: Pagliardini, Ablin & Grangier, "The AdEMAMix optimizer: better, faster, older", 2024,
    arXiv 2409.03137.
    """

    known = (
        paper(),
        optax(
            "contrib.ademamix",
            {**OPTAX_BETAS, "b3": "beta3"},
            defaults={"lr": ASKED},
            entries=lambda rule: [
                Entry("ScaleByAdemamixState", theirs, ours)
                for theirs, ours in (("m1", "m"), ("m2", "slow"), ("nu", "v"))
            ],
            unmatched=("eps_root",),
            decay="decoupled",
        ),
        kozistr(
            "AdEMAMix",
            {"betas": ("beta1", "beta2", "beta3"), "t_alpha_beta3": "warmup"},
            unmatched=("weight_decouple", "fixed_decay"),
            entries={"exp_avg": "m", "exp_avg_slow": "slow", "exp_avg_sq": "v"},
            decay="coupled",
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    beta3: Number = hyper(0.9999, "decay of the slow mean gradient", "[0, 1)")
    alpha: Number = hyper(5.0, "weight of the slow mean")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    warmup: Number = hyper(0, "steps in which alpha and beta3 grow to their values")

    def init(self, x):
        return AdEMAMixState(zeros(x), zeros(x), zeros(x))

    def update(self, g, state, t):
        share = where(t < self.warmup, t / larger(self.warmup, 1), 1.0)
        m = ema(self.beta1, state.m, g)
        slow = ema(self._decay(share), state.slow, g)
        v = ema(self.beta2, state.v, g * g)
        mean = debias(m, self.beta1, t) + self.alpha * share * slow
        below = root(debias(v, self.beta2, t), self.eps, inside=False)
        return -self.lr * mean / below, AdEMAMixState(m, slow, v)

    def _decay(self, share):
        """The decay of the slow average when this share of the warm-up is over."""
        first, last = (log(larger(beta, 1e-30)) for beta in (self.beta1, self.beta3))
        grown = exp(1 / ((1 - share) / first + share / last))
        return where(share < 1, smaller(grown, self.beta3), self.beta3)

"""Simplified AdEMAMix: a sum of gradients and the last one, in units of their root mean square."""

from __future__ import annotations

from dataclasses import dataclass

from .adam import BETAS, OPTAX_BETAS, AdamState
from .counterpart import ASKED, kozistr, optax, paper
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import ema, root, zeros


@dataclass(frozen=True)
class SimplifiedAdEMAMix(Rule, name="simplified_ademamix"):
    """AdEMAMix with one average in place of two, which the gradient itself stands beside.

        m = beta1 m + g
        v = beta2 v + (1 - beta2) g²
        x -= lr (m + alpha g) / (sqrt(v̂) + eps)

    with v̂ = v / (1 - beta2^t). m is a sum, 1 / (1 - beta1) times as large as an average, so
    rates are as much smaller than Adam's. With `ema` it is the average. pytorch_optimizer
    multiplies sqrt(v) by sqrt(1 - beta2^t) where it should divide (`inverted`): the denominator
    is (1 - beta2^t) (sqrt(v̂) + eps), and a first step 1 / (1 - beta2) times too long.

    Source: Morwani, Vyas, Zhang & Kakade, "Connections between Schedule-Free optimizers,
    AdEMAMix, and accelerated SGD variants", 2025, arXiv 2502.02431.
    """

    known = (
        paper(lr=ASKED),
        optax(
            "contrib.simplified_ademamix",
            OPTAX_BETAS,
            defaults={"lr": ASKED},
            unmatched=("eps_root",),
            decay="decoupled",
        ),
        kozistr(
            "SimplifiedAdEMAMix",
            BETAS,
            conventions={"ema": True, "inverted": True},
            unmatched=("beta1_warmup", "min_beta1", "weight_decouple", "fixed_decay"),
            entries={"exp_avg": "m", "exp_avg_sq": "v"},
            decay="decoupled",
        ),
    )

    lr: Number = hyper(1e-4, "learning rate")
    beta1: Number = hyper(0.99, "share of the sum of gradients that a step keeps", "[0, 1)")
    beta2: Number = hyper(0.95, "decay of the mean square", "[0, 1)")
    alpha: Number = hyper(0.0, "weight of the gradient beside the sum")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    ema: bool = convention(False, "average the gradients instead of adding them up")
    inverted: bool = convention(False, "multiply sqrt(v) by sqrt(1 - beta2^t), do not divide it")

    def init(self, x):
        return AdamState(zeros(x), zeros(x), None)

    def update(self, g, state, t):
        m = ema(self.beta1, state.m, g) if self.ema else self.beta1 * state.m + g
        v = ema(self.beta2, state.v, g * g)
        correction = 1 - self.beta2**t
        rate = self.lr / correction if self.inverted else self.lr
        below = root(v / correction, self.eps, inside=False)
        return -rate * (m + self.alpha * g) / below, AdamState(m, v, None)

"""StableAdamW: AdamW whose rate shrinks where the second moment is out of date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, kozistr, paper
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import ema, larger, mean, sqrt, zeros


class StableAdamWState(NamedTuple):
    """Averages shaped like the parameters."""

    m: Array
    """of `g`"""
    v: Array
    """of `g²`"""


@dataclass(frozen=True)
class StableAdamW(Rule, name="stable_adamw"):
    """AdamW, slower where gradients are larger than the second moment expects.

        b1 = (beta1 - beta1^t) / (1 - beta1^t);  b2 alike
        m = b1 m + (1 - b1) g
        v = b2 v + (1 - b2) g²
        r = max(1, rms(g / max(sqrt(v), eps)))
        x -= lr / r (m / (sqrt(v) + eps) + weight_decay x)

    The rms is that of one array of parameters. The decays b1 and b2 grow from 0, so that the
    averages need no correction. It is Adafactor's clipping of updates in AdamW; the smaller rate
    scales the decay too, so the decay is an argument here and no wrapper.

    Source: Wortsman et al., "Stable and low-precision training for large-scale vision-language
    models", 2023, arXiv 2304.13013.
    """

    known = (
        paper(lr=ASKED, weight_decay=ASKED),
        kozistr(
            "StableAdamW",
            {"betas": ("beta1", "beta2")},
            unmatched=("kahan_sum", "weight_decouple"),
            entries={"exp_avg": "m", "exp_avg_sq": "v"},
            departs="with kahan_sum, the default, steps in half precision are compensated",
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.99, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    weight_decay: Number = hyper(0.01, "pull of the weights, at the rate of the step")

    def init(self, x):
        return StableAdamWState(zeros(x), zeros(x))

    def update(self, g, state, x, t):
        m = ema(_warmed(self.beta1, t), state.m, g)
        v = ema(_warmed(self.beta2, t), state.v, g * g)
        root = sqrt(v)
        unexpected = g / larger(root, self.eps)
        rate = self.lr / larger(sqrt(mean(unexpected * unexpected)), 1)
        return -rate * (m / (root + self.eps) + self.weight_decay * x), StableAdamWState(m, v)


def _warmed(beta, t):
    """The decay at step t of an average that is unbiased at every step."""
    return beta * (1 - beta ** (t - 1)) / (1 - beta**t)

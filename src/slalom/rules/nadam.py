"""NAdam: Adam whose momentum looks ahead."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import SlalomError
from .adam import BETAS, KERAS_BETAS, OPTAX_BETAS, moments
from .counterpart import ASKED, Entry, keras, known_as, optax, paper, timm, torch
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import debias, ema, one, root, zeros
from .wrappers import WeightDecay


class NAdamState(NamedTuple):
    """Averages shaped like the parameters, and the product of all momenta, a scalar."""

    m: Array
    v: Array
    product: Array


@dataclass(frozen=True)
class NAdam(Rule, name="nadam"):
    """Adam with Nesterov's look-ahead.

        mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)
        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) g²
        P_t = mu_1 mu_2 … mu_t
        m̂ = mu_{t+1} m / (1 - P_{t+1}) + (1 - mu_t) g / (1 - P_t)
        x -= lr m̂ / (sqrt(v / (1 - beta2^t)) + eps)

    Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016.
    """

    # with growing momenta the paper's m has mu_t where the libraries' has beta1
    known = (
        paper(lr=ASKED, momentum_decay=math.inf),
        torch(
            "NAdam",
            BETAS,
            entries={"exp_avg": "m", "exp_avg_sq": "v", "mu_product": "product"},
            decay="coupled",
        ),
        keras(
            "Nadam",
            KERAS_BETAS,
            defaults={"lr": 0.001, "eps": 1e-7, "momentum_decay": 1.0},
            decay="decoupled",
        ),
        optax(
            "nadam",
            OPTAX_BETAS,
            defaults={"lr": ASKED, "momentum_decay": math.inf},
            entries=lambda rule: _in_optax(rule),
            only_with={"nesterov": True},
            unmatched=("eps_root",),
        ),
        optax(
            "nadamw",
            OPTAX_BETAS,
            defaults={"lr": ASKED, "momentum_decay": math.inf},
            entries=lambda rule: _in_optax(rule),
            only_with={"nesterov": True},
            unmatched=("eps_root",),
            decay="decoupled",
            usual_decay=1e-4,
        ),
    )

    lr: Number = hyper(0.002, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    momentum_decay: Number = hyper(
        0.004, "how soon the momentum grows to beta1; inf: it is beta1 from the start", "[0, inf]"
    )

    def init(self, x):
        return NAdamState(zeros(x), zeros(x), one(x))

    def update(self, g, state, t):
        now, ahead = self._momentum(t), self._momentum(t + 1)
        product = state.product * now
        m = ema(self.beta1, state.m, g)
        v = ema(self.beta2, state.v, g * g)
        mean = ahead * m / (1 - product * ahead) + (1 - now) * g / (1 - product)
        below = root(debias(v, self.beta2, t), self.eps, inside=False)
        return -self.lr * mean / below, NAdamState(m, v, product)

    def _momentum(self, t):
        return self.beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))


def _in_optax(rule: NAdam) -> list[Entry]:
    if rule.momentum_decay != math.inf:
        raise SlalomError("Optax's NAdam keeps its momentum constant: momentum_decay=inf")
    return moments("m", "v")


@known_as(
    optax(
        "nadamw",
        OPTAX_BETAS,
        defaults={"lr": ASKED, "weight_decay": 1e-4},
        only_with={"nesterov": True},
        unmatched=("eps_root",),
    ),
    timm(
        "NAdamW",
        BETAS,
        unmatched=("caution", "corrected_weight_decay", "clipping_threshold"),
        departs="both terms of the mean are divided by 1 - beta1^t",
    ),
)
def nadamw(
    lr: Number = 0.001,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    weight_decay: Number = 0.01,
) -> Rule:
    """NAdam with a constant momentum, beside a decoupled weight decay."""
    inside = NAdam(lr, beta1, beta2, eps, momentum_decay=math.inf)
    return WeightDecay(weight_decay, decoupled=True) | inside

"""Adan: Adam with the average of how the gradient changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, Entry, kozistr, optax, paper, timm
from .leaves import Array
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import copied, debias, ema, sqrt, where, zeros


class AdanState(NamedTuple):
    """Averages shaped like the parameters, and the gradient before."""

    m: Array
    """of `g`"""
    v: Array
    """of the differences of gradients"""
    n: Array
    """of the squares"""
    g: Array


@dataclass(frozen=True)
class Adan(Rule, name="adan"):
    """Adaptive Nesterov momentum: the gradient is extended by its change.

        d = g - g of the step before, 0 at first
        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) d
        n = beta3 n + (1 - beta3) (g + beta2 d)²
        u = (m̂ + beta2 v̂) / (sqrt(n̂) + eps),  each debiased by its own beta
        x = (x - lr u) / (1 + lr weight_decay)

    The betas are weights of the average before; the paper's are 1 minus these. `proximal=false` is
    `x = x (1 - lr weight_decay) - lr u`. Optax takes the weight 1 - beta2 of the difference in
    place of beta2, in n and in u (`factor=complement`), which departs from the paper.

    Source: Xie et al., "Adan: adaptive Nesterov momentum algorithm for faster optimizing deep
    models", 2022, arXiv 2208.06677.
    """

    known = (
        paper(lr=ASKED, weight_decay=ASKED),
        optax(
            "adan",
            {"learning_rate": "lr", "b1": "beta1", "b2": "beta2", "b3": "beta3"},
            defaults={"lr": ASKED, "eps_root": 1e-8},
            conventions={"factor": "complement", "proximal": False},
            entries=lambda rule: [Entry("ScaleByAdanState", name, name) for name in "mvng"],
        ),
        timm(
            "Adan",
            {"betas": ("beta1", "beta2", "beta3"), "no_prox": "proximal"},
            words={"no_prox": {False: True, True: False}},
            unmatched=("caution",),
            entries={"exp_avg": "m", "exp_avg_diff": "v", "exp_avg_sq": "n"},
            departs="keeps the negative of the gradient before",
        ),
        kozistr(
            "Adan",
            {"betas": ("beta1", "beta2", "beta3"), "weight_decouple": "proximal"},
            words={"weight_decouple": {False: True, True: False}},
            unmatched=("max_grad_norm",),
            entries={"exp_avg": "m", "exp_avg_diff": "v", "exp_avg_sq": "n"},
            departs="keeps the negative of the gradient before",
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.98, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.92, "decay of the mean difference, and its weight", "[0, 1)")
    beta3: Number = hyper(0.99, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    weight_decay: Number = hyper(0.0, "strength of a pull towards 0")
    eps_root: Number = hyper(0.0, "under the root")
    proximal: bool = convention(True, "divide by 1 + lr weight_decay after the step")
    factor: str = convention(
        "beta2", "weight of the difference: beta2 or 1 - beta2", ("beta2", "complement")
    )

    def init(self, x):
        return AdanState(zeros(x), zeros(x), zeros(x), zeros(x))

    def update(self, g, state, x, t):
        ahead = self.beta2 if self.factor == "beta2" else 1 - self.beta2
        d = where(t > 1, g - state.g, zeros(g))
        m = ema(self.beta1, state.m, g)
        v = ema(self.beta2, state.v, d)
        n = ema(self.beta3, state.n, (g + ahead * d) ** 2)
        mean = debias(m, self.beta1, t) + ahead * debias(v, self.beta2, t)
        u = mean / (sqrt(debias(n, self.beta3, t) + self.eps_root) + self.eps)
        pull = self.lr * self.weight_decay
        step = self.lr * u + pull * x
        return -(step / (1 + pull) if self.proximal else step), AdanState(m, v, n, copied(g))

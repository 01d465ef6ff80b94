"""AdaBelief: Adam that divides by how far gradients are from their average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .adam import BETAS, OPTAX_BETAS, moments
from .counterpart import ASKED, kozistr, optax, paper, timm
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import debias, ema, root, zeros


class AdaBeliefState(NamedTuple):
    """Averages shaped like the parameters."""

    m: Array
    """of `g`"""
    v: Array
    """of `(g - m)²`"""


@dataclass(frozen=True)
class AdaBelief(Rule, name="adabelief"):
    """Long steps where the gradient is as its average foretells, short ones where it is not.

        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) (g - m)² + eps_root
        x -= lr m̂ / (sqrt(v̂) + eps)

    The m that is subtracted is the new one. eps_root is added at every step, so that it adds up to
    1 / (1 - beta2) of itself. The authors' code rectifies by default, as `radam` does.

    Source: Zhuang et al., "AdaBelief optimizer: adapting stepsizes by the belief in observed
    gradients", 2020, arXiv 2010.07468.
    """

    known = (
        paper(eps=ASKED),
        optax(
            "adabelief",
            OPTAX_BETAS,
            defaults={"lr": ASKED, "eps_root": 1e-16},
            entries=lambda rule: moments("m", "v", "ScaleByBeliefState"),
            unmatched=("nesterov",),
        ),
        timm(
            "AdaBelief",
            BETAS,
            unmatched=(
                *("amsgrad", "decoupled_decay", "fixed_decay", "rectify", "degenerated_to_sgd"),
            ),
            entries={"exp_avg": "m", "exp_avg_var": "v"},
            decay="decoupled",
            departs="rectified as RAdam unless rectify is false",
        ),
        kozistr(
            "AdaBelief",
            BETAS,
            unmatched=(
                *("weight_decouple", "fixed_decay", "rectify", "n_sma_threshold"),
                *("degenerated_to_sgd", "ams_bound"),
            ),
            entries={"exp_avg": "m", "exp_avg_var": "v"},
            decay="decoupled",
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square of g - m", "[0, 1)")
    eps: Number = hyper(1e-16, "keeps the denominator from 0")
    eps_root: Number | None = hyper(None, "added to v at every step; none: eps")

    def init(self, x):
        return AdaBeliefState(zeros(x), zeros(x))

    def update(self, g, state, t):
        m = ema(self.beta1, state.m, g)
        added = self.eps if self.eps_root is None else self.eps_root
        v = ema(self.beta2, state.v, (g - m) ** 2) + added
        below = root(debias(v, self.beta2, t), self.eps, inside=False)
        return -debias(self.lr, self.beta1, t) * m / below, AdaBeliefState(m, v)

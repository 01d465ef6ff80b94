"""diffGrad: Adam with shorter steps where the gradient does not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .adam import BETAS
from .counterpart import kozistr, paper
from .leaves import Array, namespace
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import copied, debias, ema, root, zeros


class DiffGradState(NamedTuple):
    """Averages shaped like the parameters, and the last gradient."""

    m: Array
    """of `g`"""
    v: Array
    """of `g²`"""
    last: Array
    """the gradient of the step before"""


@dataclass(frozen=True)
class DiffGrad(Rule, name="diffgrad"):
    """Adam times a friction between a half and 1, by how much the gradient has changed.

        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) g²
        f = 1 / (1 + exp(-|last - g|));  last = g
        x -= lr sqrt(1 - beta2^t) / (1 - beta1^t) f m / (sqrt(v) + eps)

    from last = 0. The change is not in units of the gradient's size: of small gradients f is
    about a half. `eps_hat=false` adds eps to sqrt(v / (1 - beta2^t)) instead, as Adam does.

    Source: Dubey et al., "diffGrad: an optimization method for convolutional neural networks",
    2019, arXiv 1909.11015.
    """

    known = (
        paper(),
        kozistr(
            "DiffGrad",
            BETAS,
            unmatched=(
                *("weight_decouple", "fixed_decay", "rectify", "n_sma_threshold"),
                *("degenerated_to_sgd", "ams_bound"),
            ),
            entries={"exp_avg": "m", "exp_avg_sq": "v", "previous_grad": "last"},
            decay="decoupled",
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    eps_hat: bool = convention(True, "add eps to sqrt(v), before the bias correction")

    def init(self, x):
        return DiffGradState(zeros(x), zeros(x), zeros(x))

    def update(self, g, state, t):
        m = ema(self.beta1, state.m, g)
        v = ema(self.beta2, state.v, g * g)
        friction = 1 / (1 + namespace(g).exp(-abs(state.last - g)))
        rate, correction = debias(self.lr, self.beta1, t), 1 - self.beta2**t
        if self.eps_hat:
            size = rate * correction**0.5 / root(v, self.eps, inside=False)
        else:
            size = rate / root(v / correction, self.eps, inside=False)
        return -size * friction * m, DiffGradState(m, v, copied(g))

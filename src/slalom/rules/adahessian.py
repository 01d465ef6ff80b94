"""AdaHessian: Adam with the squared diagonal of the Hessian in place of the squared gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import kozistr, paper
from .leaves import Leaves
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, when, zeros


class AdaHessianState(NamedTuple):
    """Averages shaped like the parameters."""

    m: Leaves
    """of `g`"""
    v: Leaves
    """of squared estimates of the diagonal of the Hessian"""


@dataclass(frozen=True)
class AdaHessian(Rule, name="adahessian"):
    """Adam in units of the curvature along each axis, which is estimated every few steps.

        m = beta1 m + (1 - beta1) g
        where (t - 1) mod every = 0:  v = beta2 v + (1 - beta2) (u (H u))²,  u of ±1
        m̂ = m / (1 - beta1^t);  v̂ = v / (1 - beta2^t)
        x -= lr m̂ / (v̂^(power/2) + eps)

    with H the Hessian at x on the batch of g (Hutchinson's estimate of its diagonal). With power 1
    the denominator is the root of the mean square of the diagonal; a smaller one is nearer to
    gradient descent. v̂ goes by the step t, also where `every` leaves v alone.

    Source: Yao et al., "ADAHESSIAN: an adaptive second order optimizer for machine learning", 2020,
    arXiv 2006.00719. The authors' code also averages |u (H u)| over each kernel of a convolution.
    """

    known = (
        paper(eps=1e-4),
        kozistr(
            "AdaHessian",
            {
                "betas": ("beta1", "beta2"),
                "hessian_power": "power",
                "update_period": "every",
                "hessian_distribution": "draws",
            },
            words={"hessian_distribution": {"gaussian": "normal", "rademacher": "signs"}},
            unmatched=("weight_decouple", "fixed_decay", "num_samples"),
            decay="decoupled",
        ),
    )

    coupled = True

    lr: Number = hyper(0.1, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean squared curvature", "[0, 1)")
    power: Number = hyper(1.0, "power of the curvature", "(0, 1]")
    eps: Number = hyper(1e-16, "keeps the denominator from 0")
    every: Number = hyper(1, "steps between two looks at the curvature", "[1, inf)")
    draws: str = convention("signs", "u of ±1, or of N(0, 1)", ("signs", "normal"))

    def init(self, x):
        return AdaHessianState(zeros(x), zeros(x))

    def update(self, g, hvp, key, state, t):
        u = key.signs(g) if self.draws == "signs" else key.normal(g)

        def renewed():
            curvature = u * hvp(u)
            return ema(self.beta2, state.v, curvature * curvature)

        v = when((t - 1) % self.every == 0, renewed, lambda: state.v)
        m = ema(self.beta1, state.m, g)
        size = debias(v, self.beta2, t) ** (self.power / 2)
        return -debias(self.lr, self.beta1, t) * m / (size + self.eps), AdaHessianState(m, v)

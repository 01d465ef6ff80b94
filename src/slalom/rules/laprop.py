"""LaProp: momentum of gradients that are divided by their root mean square first."""

from __future__ import annotations

from dataclasses import dataclass

from .adam import BETAS, AdamState
from .counterpart import kozistr, paper, timm
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, root, zeros


@dataclass(frozen=True)
class LaProp(Rule, name="laprop"):
    """Adam with the division before the average, so that any two betas go together.

        v = beta2 v + (1 - beta2) g²
        m = beta1 m + (1 - beta1) g / (sqrt(v̂) + eps)
        x -= lr m̂

    with v̂ = v / (1 - beta2^t) and m̂ = m / (1 - beta1^t). The v of a step includes its own
    gradient. `eps_hat` adds eps to sqrt(v), before the correction.

    Source: Ziyin, Wang & Ueda, "LaProp: separating momentum and adaptivity in Adam", 2020,
    arXiv 2002.04839.
    """

    known = (
        paper(),
        timm(
            "LaProp",
            BETAS,
            unmatched=("caution", "corrected_weight_decay"),
            decay="decoupled",
            departs="the average is of lr times the quotient, and is divided by the average of "
            "lr: the same where lr is constant; weight_decay shrinks the weights after the step",
        ),
        kozistr(
            "LaProp",
            BETAS,
            conventions={"eps_hat": True},
            unmatched=(
                *("centered", "steps_before_using_centered", "weight_decouple", "fixed_decay"),
                "ams_bound",
            ),
            decay="decoupled",
            departs="the average is of lr times the quotient, and is divided by the average of "
            "lr: the same where lr is constant; weight_decay shrinks the weights after the step",
        ),
    )

    lr: Number = hyper(4e-4, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean quotient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-15, "keeps the denominator from 0")
    eps_hat: bool = convention(False, "add eps to sqrt(v), before the bias correction")

    def init(self, x):
        return AdamState(zeros(x), zeros(x), None)

    def update(self, g, state, t):
        v = ema(self.beta2, state.v, g * g)
        correction = 1 - self.beta2**t
        if self.eps_hat:
            u = correction**0.5 * g / root(v, self.eps, inside=False)
        else:
            u = g / root(v / correction, self.eps, inside=False)
        m = ema(self.beta1, state.m, u)
        return -debias(self.lr, self.beta1, t) * m, AdamState(m, v, None)

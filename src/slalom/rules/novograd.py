"""NovoGrad: gradients in units of their norm, one number for each parameter array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, Entry, kozistr, optax, paper
from .leaves import Array, dot
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import ema, one, sqrt, where, zeros


class NovoGradState(NamedTuple):
    """A momentum buffer shaped like the parameters, and one number for each array of them."""

    m: Array
    v: Array
    """an average of the squared norm of the gradient, a scalar"""


@dataclass(frozen=True)
class NovoGrad(Rule, name="novograd"):
    """Momentum of gradients that are divided by the average norm of their layer.

        v = norm(g)² at t = 1, else beta2 v + (1 - beta2) norm(g)²
        u = g / (sqrt(v) + eps) + weight_decay x
        m = beta1 m + u
        x -= lr m

    The norm is that of one array of parameters. m is a sum, so a step is about lr / (1 - beta1)
    long; with `averaging` it is `beta1 m + (1 - beta1) u`, and `averaging=late` has the factor
    1 - beta1 from the second step on. The decay enters after the division and goes through m, so
    it is neither that of `weight_decay` nor its decoupled form.

    Source: Ginsburg et al., "Stochastic gradient methods with layer-wise adaptive moments for
    training of deep networks", 2019, arXiv 1905.11286.
    """

    known = (
        paper(lr=ASKED),
        optax(
            "novograd",
            {"learning_rate": "lr", "b1": "beta1", "b2": "beta2"},
            defaults={"lr": ASKED, "beta1": 0.9, "beta2": 0.25, "eps": 1e-6},
            entries=lambda rule: [
                Entry("ScaleByNovogradState", "mu", "m"),
                Entry("ScaleByNovogradState", "nu", "v"),
            ],
            unmatched=("eps_root",),
        ),
        kozistr(
            "NovoGrad",
            {"betas": ("beta1", "beta2"), "grad_averaging": "averaging"},
            words={"grad_averaging": {True: "late"}},
            unmatched=("weight_decouple", "fixed_decay"),
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.95, "share of the momentum that a step keeps", "[0, 1)")
    beta2: Number = hyper(0.98, "decay of the mean squared norm", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    weight_decay: Number = hyper(0.0, "pull of the weights, inside the momentum")
    averaging: bool | str = convention(
        False, "weigh u by 1 - beta1; late: from the second step", (False, True, "late")
    )

    def init(self, x):
        return NovoGradState(zeros(x), 0 * one(x))

    def update(self, g, state, x, t):
        square = dot(g, g)
        v = where(t == 1, square, ema(self.beta2, state.v, square))
        u = g / (sqrt(v) + self.eps) + self.weight_decay * x
        if self.averaging == "late":
            u = u * where(t == 1, one(x), (1 - self.beta1) * one(x))
        elif self.averaging:
            u = (1 - self.beta1) * u
        m = self.beta1 * state.m + u
        return -self.lr * m, NovoGradState(m, v)

"""QHM and QHAdam: a step mixed of the gradient and of its average."""

from __future__ import annotations

from dataclasses import dataclass

from .adam import BETAS, AdamState
from .counterpart import ASKED, kozistr, paper
from .momentum import MomentumState
from .rule import Number, Rule
from .value import hyper
from .vocabulary import debias, ema, root, zeros


@dataclass(frozen=True)
class QHM(Rule, name="qhm"):
    """Quasi-hyperbolic momentum: gradient descent and momentum, mixed.

        v = momentum v + (1 - momentum) g
        x -= lr ((1 - nu) g + nu v)

    nu = 0 is gradient descent, nu = 1 momentum with an average, nu = momentum Nesterov's form.
    The average is not corrected: with momentum 0.999 the first hundreds of steps are mostly
    (1 - nu) g.

    Source: Ma & Yarats, "Quasi-hyperbolic momentum and Adam for deep learning", 2018, arXiv
    1810.06801.
    """

    known = (
        paper(lr=ASKED),
        kozistr(
            "QHM",
            defaults={"lr": 0.001, "momentum": 0.0, "nu": 1.0},
            unmatched=("weight_decouple", "fixed_decay"),
            entries={"momentum_buffer": "v"},
            decay="coupled",
        ),
    )

    lr: Number = hyper(0.01, "learning rate")
    momentum: Number = hyper(0.999, "decay of the average", "[0, 1)")
    nu: Number = hyper(0.7, "share of the average in the step", "[0, 1]")

    def init(self, x):
        return MomentumState(zeros(x))

    def update(self, g, state):
        v = ema(self.momentum, state.v, g)
        return -self.lr * ((1 - self.nu) * g + self.nu * v), MomentumState(v)


@dataclass(frozen=True)
class QHAdam(Rule, name="qhadam"):
    """Adam whose mean and mean square are each mixed with the gradient of the step.

        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) g²
        x -= lr ((1 - nu1) g + nu1 m̂) / (sqrt((1 - nu2) g² + nu2 v̂) + eps)

    with m̂ = m / (1 - beta1^t) and v̂ = v / (1 - beta2^t). nu1 = nu2 = 1 is Adam; nu1 = beta1
    with nu2 = 1 is NAdam without its schedule, but for the corrections of first steps. Where
    training is unstable the paper advises a smaller nu2 in place of a smaller beta2.

    Source: Ma & Yarats, "Quasi-hyperbolic momentum and Adam for deep learning", 2018, arXiv
    1810.06801.
    """

    known = (
        paper(),
        kozistr(
            "QHAdam",
            {**BETAS, "nus": ("nu1", "nu2")},
            defaults={"beta1": 0.9, "nu1": 1.0},
            unmatched=("weight_decouple", "fixed_decay"),
            decay="coupled",
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.995, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    nu1: Number = hyper(0.7, "share of the mean gradient in the step", "[0, 1]")
    nu2: Number = hyper(1.0, "share of the mean square in the denominator", "[0, 1]")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")

    def init(self, x):
        return AdamState(zeros(x), zeros(x), None)

    def update(self, g, state, t):
        m = ema(self.beta1, state.m, g)
        v = ema(self.beta2, state.v, g * g)
        mean = (1 - self.nu1) * g + debias(self.nu1, self.beta1, t) * m
        square = (1 - self.nu2) * g * g + debias(self.nu2, self.beta2, t) * v
        return -self.lr * mean / root(square, self.eps, inside=False), AdamState(m, v, None)

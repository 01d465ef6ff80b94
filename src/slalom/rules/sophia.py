"""Sophia: momentum in units of a curvature that is estimated every few steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, kozistr, optax, paper
from .leaves import Leaves
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import clip, debias, ema, larger, when, zeros


class SophiaState(NamedTuple):
    """Averages shaped like the parameters."""

    m: Leaves
    """of `g`"""
    h: Leaves
    """of estimates of the diagonal of the Hessian"""


@dataclass(frozen=True)
class Sophia(Rule, name="sophia"):
    """Newton's step along each axis where the curvature allows it, and a sign step elsewhere.

        m = beta1 m + (1 - beta1) g
        where (t - 1) mod every = 0:  h = beta2 h + (1 - beta2) u (H u),  u of ±1
        x -= lr clip(m / max(gamma h, eps), -clip, clip)

    with H the Hessian at x on the batch of g (Hutchinson's estimate of its diagonal). Where h is
    negative or not yet known the step has the size lr clip.

    Optax renews h after the step (`renew=after`), so its first ten steps are sign steps, and
    corrects m. pytorch_optimizer has gamma = 1, a clip of 0.01 and draws u from N(0, 1)
    (`draws=normal`).

    Source: Liu et al., "Sophia: a scalable stochastic second-order optimizer for language model
    pre-training", 2023, arXiv 2305.14342.
    """

    known = (
        paper(lr=ASKED),
        optax(
            "contrib.sophia",
            {
                "learning_rate": "lr",
                "b1": "beta1",
                "b2": "beta2",
                "clip_threshold": "clip",
                "update_interval": "every",
            },
            defaults={"lr": ASKED, "beta1": 0.965, "eps": 1e-8},
            conventions={"renew": "after", "debias": True},
            unmatched=("hessian_diagonal_fn",),
            decay="decoupled",
            usual_decay=1e-4,
        ),
        kozistr(
            "SophiaH",
            {
                "betas": ("beta1", "beta2"),
                "p": "clip",
                "update_period": "every",
                "hessian_distribution": "draws",
            },
            words={"hessian_distribution": {"gaussian": "normal", "rademacher": "signs"}},
            defaults={"lr": 0.06, "gamma": 1.0, "clip": 0.01},
            conventions={"draws": "normal"},
            unmatched=("weight_decouple", "fixed_decay", "num_samples"),
            decay="decoupled",
        ),
    )

    coupled = True

    lr: Number = hyper(1e-4, "learning rate, times clip the largest step in each component")
    beta1: Number = hyper(0.96, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.99, "decay of the mean curvature", "[0, 1)")
    gamma: Number = hyper(0.01, "how much of the curvature to divide by", "(0, inf)")
    clip: Number = hyper(1.0, "the largest component of a step, in units of lr", "(0, inf)")
    eps: Number = hyper(1e-12, "the least curvature to divide by", "(0, inf)")
    every: Number = hyper(10, "steps between two looks at the curvature", "[1, inf)")
    renew: str = convention("before", "look before the step or after it", ("before", "after"))
    draws: str = convention("signs", "u of ±1, or of N(0, 1)", ("signs", "normal"))
    debias: bool = convention(False, "divide m by 1 - beta1^t")

    def init(self, x):
        return SophiaState(zeros(x), zeros(x))

    def update(self, g, hvp, key, state, t):
        u = key.signs(g) if self.draws == "signs" else key.normal(g)
        h = when(
            (t - 1) % self.every == 0,
            lambda: ema(self.beta2, state.h, u * hvp(u)),
            lambda: state.h,
        )
        m = ema(self.beta1, state.m, g)
        mean = debias(m, self.beta1, t) if self.debias else m
        known = h if self.renew == "before" else state.h
        below = larger(self.gamma * known, self.eps)
        return -self.lr * clip(mean / below, -self.clip, self.clip), SophiaState(m, h)

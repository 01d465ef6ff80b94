"""Adamax and the rules of order p between it and Adam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .adam import BETAS, KERAS_BETAS, LASAGNE_BETAS, OPTAX_BETAS, moments
from .counterpart import ASKED, keras, lasagne, optax, paper, torch
from .leaves import Array, namespace
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, zeros


class AdamaxState(NamedTuple):
    """The mean gradient and the decaying maximum, shaped like the parameters."""

    m: Array
    u: Array


@dataclass(frozen=True)
class Adamax(Rule, name="adamax"):
    """Adam with the infinity norm: divides by the largest recent gradient.

        m = beta1 m + (1 - beta1) g
        u = max(beta2 u, abs(g) + eps)
        x -= lr / (1 - beta1^t) m / u

    Source: Kingma & Ba, "Adam: a method for stochastic optimization", 2015, algorithm 2,
    which has no eps and so divides 0 by 0 until a gradient comes; set eps=0 for it.
    """

    known = (
        paper(eps=0.0),
        torch("Adamax", BETAS, entries={"exp_avg": "m", "exp_inf": "u"}, decay="coupled"),
        keras(
            "Adamax",
            KERAS_BETAS,
            defaults={"lr": 0.001, "eps": 1e-7},
            conventions={"eps_inside": False},
            decay="decoupled",
        ),
        optax(
            "adamax",
            OPTAX_BETAS,
            defaults={"lr": ASKED},
            entries=lambda rule: moments("m", "u"),
        ),
        optax(
            "adamaxw",
            OPTAX_BETAS,
            defaults={"lr": ASKED},
            entries=lambda rule: moments("m", "u"),
            decay="decoupled",
            usual_decay=1e-4,
        ),
        lasagne("adamax", LASAGNE_BETAS, conventions={"eps_inside": False}),
    )

    lr: Number = hyper(0.002, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the maximum", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    eps_inside: bool = convention(True, "eps added to abs(g) inside the maximum, else to u")

    def init(self, x):
        return AdamaxState(zeros(x), zeros(x))

    def update(self, g, state, t):
        xp = namespace(g)
        size = xp.abs(g) + self.eps if self.eps_inside else xp.abs(g)
        m = ema(self.beta1, state.m, g)
        u = xp.maximum(self.beta2 * state.u, size)
        below = u if self.eps_inside else u + self.eps
        return -debias(self.lr, self.beta1, t) * m / below, AdamaxState(m, u)


class AdamLpState(NamedTuple):
    """The mean gradient and the mean p-th power, shaped like the parameters."""

    m: Array
    v: Array


@dataclass(frozen=True)
class AdamLp(Rule, name="adam_lp"):
    """Adam of order p, before the limit that makes Adamax.

        m = beta1 m + (1 - beta1) g
        v = beta2^p v + (1 - beta2^p) abs(g)^p
        u = (v / (1 - beta2^(p t)))^(1/p)
        x -= lr m / (1 - beta1^t) / (u + eps)

    p = 2 is Adam with beta2²; p → ∞ tends to Adamax, in exact arithmetic. Large p under- or
    overflows: `abs(g)^p` leaves float32 from p = 40 on where abs(g) is 0.1.

    Source: Kingma & Ba, "Adam: a method for stochastic optimization", 2015, section 7.1;
    habr, "Neural network optimization methods", 2017, equations 27 and 28.
    """

    known = (paper(),)

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "its p-th power is the decay of the p-th power", "[0, 1)")
    p: Number = hyper(2.0, "order of the norm", "(0, inf)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")

    def init(self, x):
        return AdamLpState(zeros(x), zeros(x))

    def update(self, g, state, t):
        decay = self.beta2**self.p
        m = ema(self.beta1, state.m, g)
        v = ema(decay, state.v, namespace(g).abs(g) ** self.p)
        u = debias(v, decay, t) ** (1 / self.p)
        return -debias(self.lr, self.beta1, t) * m / (u + self.eps), AdamLpState(m, v)

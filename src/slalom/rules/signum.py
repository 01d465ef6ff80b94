"""Signum and Tiger: the sign of an averaged gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, Entry, known_as, kozistr, optax, paper
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import ema, sign, zeros
from .wrappers import WeightDecay


class SignumState(NamedTuple):
    """The average of the gradient, shaped like the parameters."""

    m: Array


@dataclass(frozen=True)
class Signum(Rule, name="signum"):
    """Steps of one size in every component, along the sign of the averaged gradient.

        m = momentum m + (1 - momentum) g
        x -= lr sign(m)

    With momentum 0 it is signSGD, the sign of the gradient itself.

    Source: Bernstein et al., "signSGD: compressed optimisation for non-convex problems", 2018,
    arXiv 1802.04434.
    """

    known = (
        paper(lr=ASKED),
        optax(
            "signum",
            {"learning_rate": "lr", "beta": "momentum"},
            defaults={"lr": ASKED},
            entries=lambda rule: [Entry("EmaState", "ema", "m")],
        ),
        kozistr(
            "SignSGD",
            unmatched=("weight_decouple",),
            entries={"momentum_buffer": "m"},
            decay="decoupled",
        ),
    )

    lr: Number = hyper(0.001, "learning rate, the size of a step in each component")
    momentum: Number = hyper(0.9, "decay of the average", "[0, 1)")

    def init(self, x):
        return SignumState(zeros(x))

    def update(self, g, state):
        m = ema(self.momentum, state.m, g)
        return -self.lr * sign(m), SignumState(m)


@known_as(
    kozistr(
        "Tiger",
        {"beta": "momentum"},
        unmatched=("weight_decouple", "fixed_decay"),
        entries={"exp_avg": "m"},
    ),
)
def tiger(lr: Number = 0.001, momentum: Number = 0.965, weight_decay: Number = 0.01) -> Rule:
    """Signum beside a decoupled weight decay (Su 2023), without its author's rates by leaf."""
    return WeightDecay(weight_decay, decoupled=True) | Signum(lr, momentum)

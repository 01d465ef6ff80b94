"""Adagrad: every weight has a learning rate of its own, which shrinks as it is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, Entry, keras, lasagne, optax, paper, torch
from .leaves import Array, namespace
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import full, root


class AdagradState(NamedTuple):
    """The accumulated squares `G`, shaped like the parameters."""

    G: Array


@dataclass(frozen=True)
class Adagrad(Rule, name="adagrad"):
    """Divides each step by the root of all squared gradients so far.

        G += g²
        x -= lr g / sqrt(G + eps)

    A family around it: `accumulate=abs` adds up `abs(g)` instead of `g²`; `scaling=quotient`
    divides by `G + eps` without the root; `scaling=exp` multiplies by `exp(-G)` instead, and
    needs no eps.

    Source: Duchi, Hazan & Singer, "Adaptive subgradient methods", 2011; the family: habr,
    "Neural network optimization methods", 2017.
    """

    known = (
        paper(lr=ASKED, eps=ASKED, eps_inside=False),
        torch(
            "Adagrad",
            defaults={"eps": 1e-10},
            conventions={"eps_inside": False},
            entries={"sum": "G"},
            decay="coupled",
        ),
        keras(
            "Adagrad",
            {"learning_rate": "lr", "epsilon": "eps"},
            defaults={"lr": 0.001, "eps": 1e-7, "initial_accumulator_value": 0.1},
            decay="decoupled",
        ),
        optax(
            "adagrad",
            {"learning_rate": "lr"},
            defaults={"lr": ASKED, "eps": 1e-7, "initial_accumulator_value": 0.1},
            entries=lambda rule: [Entry("ScaleByRssState", "sum_of_squares", "G")],
        ),
        lasagne(
            "adagrad",
            {"learning_rate": "lr", "epsilon": "eps"},
            defaults={"lr": 1.0, "eps": 1e-6},
        ),
    )

    lr: Number = hyper(0.01, "learning rate")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    initial_accumulator_value: Number = hyper(0.0, "G before the first step")
    lr_decay: Number = hyper(0.0, "the rate at step t is lr / (1 + (t - 1) lr_decay)")
    eps_inside: bool = convention(True, "eps under the root: sqrt(G + eps), else sqrt(G) + eps")
    accumulate: str = convention("square", "what is added up: g² or abs(g)", ("square", "abs"))
    scaling: str = convention("root", "what G does to the step", ("root", "quotient", "exp"))

    def init(self, x):
        return AdagradState(full(x, self.initial_accumulator_value))

    def update(self, g, state, t):
        xp = namespace(g)
        G = state.G + (g * g if self.accumulate == "square" else xp.abs(g))
        lr = self.lr / (1 + (t - 1) * self.lr_decay)
        if self.scaling == "exp":
            return -lr * g * xp.exp(-G), AdagradState(G)
        below = root(G, self.eps, self.eps_inside) if self.scaling == "root" else G + self.eps
        return -lr * g / below, AdagradState(G)

"""Plain gradient descent."""

from __future__ import annotations

from dataclasses import dataclass

from .counterpart import ASKED, keras, lasagne, optax, paper, torch
from .rule import Number, Rule
from .value import hyper


@dataclass(frozen=True)
class GradientDescent(Rule, name="gradient_descent"):
    """Steps against the gradient.

        x -= lr g

    With `g` from one sample or a batch it is stochastic or mini-batch descent: the rule is
    the same, the objective differs.

    Source: Cauchy, "Méthode générale pour la résolution des systèmes d'équations
    simultanées", 1847; Robbins & Monro, "A stochastic approximation method", 1951.
    """

    known = (
        paper(lr=ASKED),
        torch(
            "SGD",
            defaults={"lr": 0.001},
            only_with={"momentum": 0},
            idle=("dampening", "nesterov"),
            decay="coupled",
        ),
        keras(
            "SGD",
            {"learning_rate": "lr"},
            only_with={"momentum": 0},
            idle=("nesterov",),
            decay="decoupled",
        ),
        optax(
            "sgd",
            {"learning_rate": "lr"},
            defaults={"lr": ASKED},
            entries=lambda rule: [],
            only_with={"momentum": None},
            idle=("nesterov",),
        ),
        lasagne("sgd", {"learning_rate": "lr"}, defaults={"lr": ASKED}),
    )

    lr: Number = hyper(0.01, "learning rate")

    def update(self, g, state):
        return -self.lr * g, state

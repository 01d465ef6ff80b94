"""Fromage: steps of a relative size, layer by layer, without a state."""

from __future__ import annotations

from dataclasses import dataclass

from .counterpart import ASKED, kozistr, optax, paper
from .leaves import norm
from .rule import Number, Rule
from .value import hyper
from .vocabulary import larger, quotient, where


@dataclass(frozen=True)
class Fromage(Rule, name="fromage"):
    """Gradient descent in steps as long as lr times the weights, whose norms do not grow.

        x = (x - lr norm(x) / norm(g) g) / sqrt(1 + lr²)

    The norms are those of one array of parameters, and their ratio is 1 where either is 0: so an
    array of zeros takes plain steps until it has a norm. A step at a right angle to x keeps the
    norm. Optax takes `min_norm` for a norm below it.

    Source: Bernstein, Vahdat, Yue & Liu, "On the distance between two neural networks and the
    stability of learning", 2020, arXiv 2002.03432.
    """

    known = (
        paper(),
        optax(
            "fromage",
            {"learning_rate": "lr"},
            defaults={"lr": ASKED, "min_norm": 1e-6},
            entries=lambda rule: [],
        ),
        kozistr("Fromage", unmatched=("p_bound",)),
    )

    lr: Number = hyper(0.01, "length of a step in units of the weights")
    min_norm: Number = hyper(0.0, "the least norm of x and of g that counts")

    def update(self, g, x):
        weights, length = (larger(norm(a), self.min_norm) for a in (x, g))
        ratio = where((weights == 0) | (length == 0), 1.0, quotient(weights, length))
        growth = (1 + self.lr * self.lr) ** 0.5
        # 1 - 1 / growth, without the loss of digits
        shrinking = self.lr * self.lr / (growth * (1 + growth))
        return -(shrinking * x + self.lr / growth * ratio * g), ()

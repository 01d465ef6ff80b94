"""FTRL-Proximal: Adagrad's rates, with weights that are exactly 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, keras, kozistr, paper
from .leaves import Array
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import full, quotient, sign, sqrt, where, zeros


class FTRLState(NamedTuple):
    """Sums shaped like the parameters."""

    z: Array
    """of the gradients, less what holds x where it is"""
    n: Array
    """of the squared gradients"""


@dataclass(frozen=True)
class FTRL(Rule, name="ftrl"):
    """Follow the regularized leader: the minimum of all gradients so far and of a penalty.

        s = ((n + g²)^power - n^power) / lr
        n = n + g²
        z = z + g - s x
        x = 0 where |z| <= l1, else (l1 sign(z) - z) / ((beta + sqrt(n)) / lr + l2)

    With l1 = l2 = beta = 0 it is Adagrad without eps. l1 sets weights to 0, l2 draws them
    there. A component that has not had a gradient yet stays where it began; with
    `keeps_start=false` it becomes 0. Keras has n^power in the place of sqrt(n)
    (`below=power`). z is in units of 1 / lr, so a schedule of lr scales the weights themselves;
    at lr = 0 nothing changes, the sums included.

    Source: McMahan et al., "Ad click prediction: a view from the trenches", 2013.
    """

    known = (
        paper(lr=ASKED, beta=1.0, l1=ASKED, l2=ASKED),
        keras(
            "Ftrl",
            {
                "learning_rate": "lr",
                "learning_rate_power": "-power",
                "l1_regularization_strength": "l1",
            },
            defaults={"lr": 0.001, "initial_accumulator_value": 0.1},
            conventions={"below": "power"},
            unmatched=("l2_regularization_strength", "l2_shrinkage_regularization_strength"),
            decay="decoupled",
            departs="l2_regularization_strength is half of l2",
        ),
        kozistr(
            "FTRL",
            {"lr_power": "-power", "lambda_1": "l1", "lambda_2": "l2"},
            defaults={"lr": 0.001},
            conventions={"keeps_start": False},
            entries={"z": "z", "n": "n"},
        ),
    )

    lr: Number = hyper(0.01, "learning rate")
    power: Number = hyper(0.5, "power of n in the rates")
    beta: Number = hyper(0.0, "added to sqrt(n), which makes first steps smaller")
    l1: Number = hyper(0.0, "factor of the penalty sum(|x|)")
    l2: Number = hyper(0.0, "factor of the penalty sum(x²) / 2")
    initial_accumulator_value: Number = hyper(0.0, "n before the first step")
    keeps_start: bool = convention(True, "components stay until they have had a gradient")
    below: str = convention("root", "what of n is in the denominator", ("root", "power"))

    def init(self, x):
        return FTRLState(zeros(x), full(x, self.initial_accumulator_value))

    def update(self, g, state, x):
        stays = self.lr == 0
        lr = where(stays, 1.0, self.lr)
        n = state.n + g * g
        s = (n**self.power - state.n**self.power) / lr
        z = state.z + g - s * x
        size = sqrt(n) if self.below == "root" else n**self.power
        aim = quotient(self.l1 * sign(z) - z, (self.beta + size) / lr + self.l2)
        step = where(abs(z) <= self.l1, 0.0, aim) - x
        if self.keeps_start:
            step = where(n == 0, 0.0, step)
        new = FTRLState(where(stays, state.z, z), where(stays, state.n, n))
        return where(stays, zeros(x), step), new

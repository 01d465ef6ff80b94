"""Adadelta: steps in the unit of the parameters, and no learning rate to choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, Entry, keras, lasagne, optax, paper, torch
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import ema, full, root, zeros


class AdadeltaState(NamedTuple):
    """Averages shaped like the parameters."""

    E: Array
    """of `g²`"""
    D: Array
    """of `d²`, the squared steps before lr"""


@dataclass(frozen=True)
class Adadelta(Rule, name="adadelta"):
    """Scales each step by the typical size of the steps before it.

        E = decay E + (1 - decay) g²
        d = g sqrt(D + eps) / sqrt(E + eps)
        x -= lr d
        D = decay D + (1 - decay) d²

    From D = 0 ("zero start") eps sets the first steps; a large `initial_delta_value` is the
    "big start" of habr.

    Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012 (where lr is 1).
    """

    known = (
        paper(),
        torch(
            "Adadelta",
            {"rho": "decay"},
            defaults={"decay": 0.9},
            entries={"square_avg": "E", "acc_delta": "D"},
            decay="coupled",
        ),
        keras(
            "Adadelta",
            {"learning_rate": "lr", "rho": "decay", "epsilon": "eps"},
            defaults={"lr": 0.001, "eps": 1e-7},
            decay="decoupled",
        ),
        optax(
            "adadelta",
            {"learning_rate": "lr", "rho": "decay"},
            defaults={"lr": ASKED, "decay": 0.9},
            entries=lambda rule: [
                Entry("ScaleByAdaDeltaState", "e_g", "E"),
                Entry("ScaleByAdaDeltaState", "e_x", "D"),
            ],
            decay="coupled",
        ),
        lasagne("adadelta", {"learning_rate": "lr", "rho": "decay", "epsilon": "eps"}),
    )

    lr: Number = hyper(1.0, "factor of the step, without a unit")
    decay: Number = hyper(0.95, "decay of both averages", "[0, 1)")
    eps: Number = hyper(1e-6, "starts the first step, keeps the denominator from 0")
    initial_delta_value: Number = hyper(0.0, "D before the first step")

    def init(self, x):
        return AdadeltaState(E=zeros(x), D=full(x, self.initial_delta_value))

    def update(self, g, state):
        E = ema(self.decay, state.E, g * g)
        d = g * root(state.D, self.eps, inside=True) / root(E, self.eps, inside=True)
        D = ema(self.decay, state.D, d * d)
        return -self.lr * d, AdadeltaState(E, D)

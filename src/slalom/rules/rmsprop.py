"""RMSProp: Adagrad with a memory that fades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, Entry, keras, lasagne, optax, paper, torch
from .leaves import Array
from .momentum import buffered_rate
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, full, larger, root, zeros


class RMSPropState(NamedTuple):
    """Averages shaped like the parameters; a part that the rule does not use is None."""

    E: Array
    """of `g²`"""
    m: Array | None
    """of `g`, where centered"""
    b: Array | None
    """the momentum buffer"""


@dataclass(frozen=True)
class RMSProp(Rule, name="rmsprop"):
    """Divides each step by the root of an average of the recent squared gradients.

        E = decay E + (1 - decay) g²
        x -= lr g / sqrt(E + eps)

    `centered` subtracts the squared mean, so that the root is of a variance:

        m = decay m + (1 - decay) g
        x -= lr g / sqrt(E - m² + eps)

    With `momentum` the steps `d` add up in a buffer, `b = momentum b + lr d; x -= b`, where
    `lr_inside=false` is `b = momentum b + d; x -= lr b`. habr starts E at 0 or 1.

    Source: Tieleman & Hinton, "Lecture 6.5: rmsprop", 2012; centered: Graves, "Generating
    sequences with recurrent neural networks", 2013.
    """

    known = (
        paper(lr=ASKED, eps=ASKED),
        torch(
            "RMSprop",
            {"alpha": "decay"},
            defaults={"lr": 0.01, "decay": 0.99},
            conventions={"eps_inside": False, "lr_inside": False},
            entries={"square_avg": "E", "grad_avg": "m", "momentum_buffer": "b"},
            decay="coupled",
        ),
        keras(
            "RMSprop",
            {"learning_rate": "lr", "rho": "decay", "epsilon": "eps"},
            defaults={"eps": 1e-7},
            decay="decoupled",
        ),
        optax(
            "rmsprop",
            {
                "learning_rate": "lr",
                "initial_scale": "initial_accumulator_value",
                "eps_in_sqrt": "eps_inside",
                "bias_correction": "debias",
            },
            defaults={"lr": ASKED},
            entries=lambda rule: _in_optax(rule),
        ),
        lasagne(
            "rmsprop",
            {"learning_rate": "lr", "rho": "decay", "epsilon": "eps"},
            defaults={"lr": 1.0, "eps": 1e-6},
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    decay: Number = hyper(0.9, "decay of the averages", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    momentum: Number | None = hyper(None, "momentum of the buffer; none: no buffer", "[0, 1]")
    initial_accumulator_value: Number = hyper(0.0, "E before the first step")
    eps_inside: bool = convention(True, "eps under the root: sqrt(E + eps), else sqrt(E) + eps")
    centered: bool = convention(False, "subtract the squared mean of the gradient from E")
    lr_inside: bool = convention(True, "the rate multiplies the step before the momentum buffer")
    nesterov: bool = convention(False, "look ahead by the buffer: step by momentum b + d")
    debias: bool = convention(False, "divide the averages by 1 - decay^t")

    def init(self, x):
        return RMSPropState(
            E=full(x, self.initial_accumulator_value),
            m=zeros(x) if self.centered else None,
            b=None if self.momentum is None else zeros(x),
        )

    def update(self, g, state, t):
        E = ema(self.decay, state.E, g * g)
        m = ema(self.decay, state.m, g) if self.centered else None
        square = debias(E, self.decay, t) if self.debias else E
        if m is not None:
            mean = debias(m, self.decay, t) if self.debias else m
            square = larger(square - mean * mean, 0)  # rounding may have left less than 0
        d = g / root(square, self.eps, self.eps_inside)
        if self.momentum is None:
            return -self.lr * d, RMSPropState(E, m, None)
        push = self.lr * d if self.lr_inside else d
        b = self.momentum * state.b + push
        step = self.momentum * b + push if self.nesterov else b
        return -(step if self.lr_inside else self.lr * step), RMSPropState(E, m, b)


def _in_optax(rule: RMSProp) -> list[Entry]:
    kind = f"ScaleBy{'RStdDev' if rule.centered else 'Rms'}{'WithCount' * rule.debias}State"
    found = [Entry(kind, "nu", "E")]
    if rule.centered:
        found = [Entry(kind, "mu", "m"), *found]
    if rule.momentum is not None:
        # their buffer is of the steps themselves, which go down
        factor = -1.0 if rule.lr_inside else -1.0 / buffered_rate(rule, "inside")
        found.append(Entry("TraceState", "trace", "b", factor))
    return found

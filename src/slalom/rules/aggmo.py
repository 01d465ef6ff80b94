"""AggMo: the mean of several velocities, each with a momentum of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..errors import SlalomError
from .counterpart import ASKED, kozistr, paper
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import zeros


class AggMoState(NamedTuple):
    """One velocity for each momentum, each shaped like the parameters."""

    v: tuple[Array, ...]


@dataclass(frozen=True)
class AggMo(Rule, name="aggmo"):
    """Aggregated momentum: fast and slow velocities, of which the fast ones damp the slow.

        v_i = momenta_i v_i + g            for each i
        x -= lr mean over i of v_i

    The velocities are sums: with the momenta (0, 0.9, 0.99) their mean grows to 37 times a
    constant gradient, so rates are far below those of gradient descent. The paper's exponential
    form is `momenta = 1 - 0.1^i` for i = 0, 1, ….

    Source: Lucas, Sun, Zemel & Grosse, "Aggregated momentum: stability through passive damping",
    2018, arXiv 1804.00325.
    """

    known = (
        paper(lr=ASKED),
        kozistr(
            "AggMo",
            {"betas": "momenta"},
            unmatched=("weight_decouple", "fixed_decay"),
            decay="coupled",
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    momenta: tuple[Number, ...] = hyper(
        (0.0, 0.9, 0.99), "shares of the velocities that a step keeps", "[0, 1)"
    )

    def __post_init__(self):
        super().__post_init__()
        if len(self.momenta) == 0:
            raise SlalomError("aggmo: at least one momentum, as in momenta=(0, 0.9)")

    def init(self, x):
        return AggMoState(tuple(zeros(x) for _ in self.momenta))

    def update(self, g, state):
        v = tuple(b * old + g for b, old in zip(self.momenta, state.v, strict=True))
        first, *rest = v
        return -self.lr / len(v) * sum(rest, first), AggMoState(v)

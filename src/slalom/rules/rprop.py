"""Rprop: a step size of its own for every component, by the signs of its gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..errors import SlalomError
from .counterpart import ASKED, Entry, optax, paper, torch
from .leaves import Array
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import clip, full, sign, where, zeros


class RpropState(NamedTuple):
    """Shaped like the parameters."""

    size: Array
    """of the next step, before its sign is known"""
    last: Array
    """the last gradient, 0 where its sign had turned; where the step lags, that step"""


@dataclass(frozen=True)
class Rprop(Rule, name="rprop"):
    """Resilient backpropagation: sizes grow while a sign stays, and shrink when it turns.

        s = sign(g) sign(last)
        size = clip(size (grow if s > 0, shrink if s < 0, else 1), smallest, largest)
        g = 0 where s < 0
        x -= size sign(g)
        last = g

    from size = lr and last = 0. The sizes of gradients do not matter. A component whose sign has
    turned waits for one step. It is for gradients of the whole data: the signs of batches turn by
    chance. In Optax each step is the one that the step before computed, so that the first is 0
    (`lags`).

    Source: Riedmiller & Braun, "A direct adaptive method for faster backpropagation learning: the
    RPROP algorithm", 1993.
    """

    known = (
        paper(lr=0.1),
        torch(
            "Rprop",
            {"etas": ("shrink", "grow"), "step_sizes": ("smallest", "largest")},
            entries={"prev": "last", "step_size": "size"},
        ),
        optax(
            "rprop",
            {
                "learning_rate": "lr",
                "eta_minus": "shrink",
                "eta_plus": "grow",
                "min_step_size": "smallest",
                "max_step_size": "largest",
            },
            defaults={"lr": ASKED},
            conventions={"lags": True},
            entries=lambda rule: _in_optax(rule),
        ),
    )

    lr: Number = hyper(0.01, "size of the first step in each component")
    shrink: Number = hyper(0.5, "factor of a size where the sign turns", "(0, 1)")
    grow: Number = hyper(1.2, "factor of a size where the sign stays", "(1, inf)")
    smallest: Number = hyper(1e-6, "the least size")
    largest: Number = hyper(50.0, "the largest size", "(0, inf]")
    lags: bool = convention(False, "take the step that the one before computed")

    def init(self, x):
        return RpropState(full(x, self.lr), zeros(x))

    def update(self, g, state):
        s = sign(g) * sign(state.last)  # the sign of a product that may underflow
        size = where(s < 0, self.shrink * state.size, state.size)
        size = where(s > 0, self.grow * state.size, size)
        size = clip(size, self.smallest, self.largest)
        if self.lags:  # Optax keeps sizes in their bounds only where it changes them
            size = where(s == 0, state.size, size)
        g = where(s < 0, 0.0, g)
        step = size * sign(g)
        if self.lags:
            return -where(s < 0, 0.0, state.last), RpropState(size, step)
        return -step, RpropState(size, g)


def _in_optax(rule: Rprop) -> list[Entry]:
    if not rule.lags:
        raise SlalomError("Optax's Rprop keeps the step that is to come: lags=true")
    kind = "ScaleByRpropState"
    return [Entry(kind, "step_sizes", "size"), Entry(kind, "prev_updates", "last")]

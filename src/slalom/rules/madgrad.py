"""MADGRAD: adaptive dual averaging with momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, Entry, kozistr, optax, paper, timm
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import copied, where, zeros

ENTRIES = {"grad_sum_sq": "v", "s": "s", "x0": "x1"}


class MADGRADState(NamedTuple):
    """Sums shaped like the parameters, and where these were at first."""

    s: Array
    """of `l g`"""
    v: Array
    """of `l g²`"""
    x1: Array
    """the first iterate"""


@dataclass(frozen=True)
class MADGRAD(Rule, name="madgrad"):
    """Steps from the first iterate along the sum of all gradients, averaged.

        l = (lr + eps) sqrt(t)
        s = s + l g,  v = v + l g²
        z = x1 - s / (v^(1/3) + eps)
        x = momentum x + (1 - momentum) z

    with x1 the first iterate. A rate that changes weighs later gradients only. eps is added to
    lr too, but where lr is 0. Weight decay, which is coupled, should be much smaller than with
    Adam, often 0.

    Source: Defazio & Jelassi, "Adaptivity without compromise: a momentumized, adaptive, dual
    averaged gradient method for stochastic optimization", 2021, arXiv 2101.11075.
    """

    known = (
        paper(),
        optax(
            "contrib.madgrad",
            {"learning_rate": "lr"},
            defaults={"lr": ASKED},
            entries=lambda rule: [Entry("MadgradState", *names) for names in ENTRIES.items()],
            decay="coupled",
            departs="the root of t is computed in float32",
        ),
        timm("MADGRAD", unmatched=("decoupled_decay",), entries=ENTRIES, decay="coupled"),
        kozistr(
            "MADGRAD",
            defaults={"lr": 0.001},
            unmatched=("weight_decouple",),
            entries=ENTRIES,
            decay="coupled",
        ),
    )

    lr: Number = hyper(0.01, "learning rate")
    momentum: Number = hyper(0.9, "weight of the iterate in its average with z", "[0, 1)")
    eps: Number = hyper(1e-6, "keeps the denominator from 0; added to lr too")

    def init(self, x):
        return MADGRADState(zeros(x), zeros(x), copied(x))

    def update(self, g, state, x, t):
        weight = where(self.lr == 0, 0.0, self.lr + self.eps) * t**0.5
        s, v = state.s + weight * g, state.v + weight * g * g
        z = state.x1 - s / (v ** (1 / 3) + self.eps)
        return (1 - self.momentum) * (z - x), MADGRADState(s, v, state.x1)

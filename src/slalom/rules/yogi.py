"""Yogi: Adam whose mean square grows no faster than it falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .adam import BETAS, OPTAX_BETAS, moments
from .counterpart import ASKED, kozistr, optax, paper
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import debias, ema, full, root, sign


class YogiState(NamedTuple):
    """Of `g` an average, of `g²` what follows it, both shaped like the parameters."""

    m: Array
    v: Array


@dataclass(frozen=True)
class Yogi(Rule, name="yogi"):
    """Adam whose v moves by a share of g², whatever its distance from it.

        m = beta1 m + (1 - beta1) g
        v = v - (1 - beta2) sign(v - g²) g²
        x -= lr m̂ / (sqrt(v̂) + eps)

    So v forgets slowly where gradients become small, and steps do not grow at once. It begins at
    initial_accumulator_value; in Optax and pytorch_optimizer so does m (`initial_mean`).

    Source: Zaheer et al., "Adaptive methods for nonconvex optimization", NeurIPS 2018.
    """

    known = (
        paper(),
        optax(
            "yogi",
            OPTAX_BETAS,
            defaults={"lr": ASKED, "initial_mean": 1e-6},
            entries=lambda rule: moments("m", "v"),
        ),
        kozistr(
            "Yogi",
            {**BETAS, "initial_accumulator": "initial_accumulator_value"},
            defaults={"initial_mean": 1e-6},
            unmatched=("weight_decouple", "fixed_decay"),
            entries={"exp_avg": "m", "exp_avg_sq": "v"},
            decay="decoupled",
            departs="initial_accumulator is both initial values",
        ),
    )

    lr: Number = hyper(0.01, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "1 minus the share of g² by which v moves", "[0, 1)")
    eps: Number = hyper(1e-3, "keeps the denominator from 0")
    initial_accumulator_value: Number = hyper(1e-6, "v at first")
    initial_mean: Number = hyper(0.0, "m at first", "(-inf, inf)")

    def init(self, x):
        return YogiState(full(x, self.initial_mean), full(x, self.initial_accumulator_value))

    def update(self, g, state, t):
        m = ema(self.beta1, state.m, g)
        square = g * g
        v = state.v - (1 - self.beta2) * sign(state.v - square) * square
        below = root(debias(v, self.beta2, t), self.eps, inside=False)
        return -debias(self.lr, self.beta1, t) * m / below, YogiState(m, v)

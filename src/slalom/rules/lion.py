"""Lion: the sign of an interpolated average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, Entry, authors, keras, kozistr, optax, paper, timm
from .leaves import Array, namespace
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import clip, ema, sign, zeros


class LionState(NamedTuple):
    """The average of the gradient, shaped like the parameters."""

    m: Array


@dataclass(frozen=True)
class Lion(Rule, name="lion"):
    """Steps of one size in every component, along the sign of an average.

        u = sign(beta1 m + (1 - beta1) g)
        m = beta2 m + (1 - beta2) g
        x -= lr u

    Two averages of one memory: the step weighs the new gradient by 1 - beta1, the memory by
    1 - beta2, after the step has read it. As all steps have the size lr, rates are 3 to 10 times
    smaller than Adam's, and decay as much larger. Optax also has smooth forms in place of the
    sign: `shape=tanh` is tanh(smooth a), `shape=clip` is a, cut to [-1, 1].

    Source: Chen et al., "Symbolic discovery of optimization algorithms", 2023, arXiv 2302.06675.
    """

    known = (
        paper(),
        optax(
            "lion",
            {"learning_rate": "lr", "b1": "beta1", "b2": "beta2"},
            defaults={"lr": ASKED},
            entries=lambda rule: [Entry("ScaleByLionState", "mu", "m")],
            decay="decoupled",
            usual_decay=1e-3,
        ),
        keras(
            "Lion",
            {"learning_rate": "lr", "beta_1": "beta1", "beta_2": "beta2"},
            defaults={"lr": 0.001},
            decay="decoupled",
        ),
        authors(
            "Lion",
            {"betas": ("beta1", "beta2")},
            entries={"exp_avg": "m"},
            decay="decoupled",
            package="lion-pytorch",
        ),
        timm(
            "Lion",
            {"betas": ("beta1", "beta2")},
            unmatched=("caution", "corrected_weight_decay"),
            entries={"exp_avg": "m"},
            decay="decoupled",
        ),
        kozistr(
            "Lion",
            {"betas": ("beta1", "beta2")},
            unmatched=("weight_decouple", "fixed_decay"),
            entries={"exp_avg": "m"},
            decay="decoupled",
        ),
    )

    lr: Number = hyper(1e-4, "learning rate, the size of a step in each component")
    beta1: Number = hyper(0.9, "weight of the average in the step", "[0, 1)")
    beta2: Number = hyper(0.99, "decay of the average", "[0, 1)")
    smooth: Number = hyper(1.0, "factor of the average, where the shape is tanh")
    shape: str = convention("sign", "what becomes of the average", ("sign", "tanh", "clip"))

    def init(self, x):
        return LionState(zeros(x))

    def update(self, g, state):
        average = ema(self.beta1, state.m, g)
        if self.shape == "tanh":
            u = namespace(g).tanh(self.smooth * average)
        else:
            u = sign(average) if self.shape == "sign" else clip(average, -1, 1)
        return -self.lr * u, LionState(ema(self.beta2, state.m, g))

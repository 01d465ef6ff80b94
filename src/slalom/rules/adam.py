"""Adam and AMSGrad: an averaged gradient over the root of an averaged square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..errors import SlalomError
from .counterpart import ASKED, Entry, keras, lasagne, optax, paper, torch
from .leaves import Array, namespace
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, root, zeros

BETAS = {"betas": ("beta1", "beta2")}
"""PyTorch's pair, taken apart."""
KERAS_BETAS = {"learning_rate": "lr", "beta_1": "beta1", "beta_2": "beta2", "epsilon": "eps"}
OPTAX_BETAS = {"learning_rate": "lr", "b1": "beta1", "b2": "beta2"}
LASAGNE_BETAS = {"learning_rate": "lr", "epsilon": "eps"}
OPTAX_UNMATCHED = ("eps_root", "nesterov")
"""Arguments of Optax's Adam: eps inside the root beside the one outside, and NAdam's step."""
MOMENTS = {"exp_avg": "m", "exp_avg_sq": "v", "max_exp_avg_sq": "largest"}
"""PyTorch's names of Adam's averages."""


class AdamState(NamedTuple):
    """Averages shaped like the parameters; a part that the rule does not use is None."""

    m: Array
    """of `g`"""
    v: Array
    """of `g²`"""
    largest: Array | None
    """the largest v so far, where amsgrad"""


@dataclass(frozen=True)
class Adam(Rule, name="adam"):
    """Adaptive moments: the mean gradient in units of its root mean square.

        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) g²
        m̂ = m / (1 - beta1^t)
        v̂ = v / (1 - beta2^t)
        x -= lr m̂ / (sqrt(v̂) + eps)

    `amsgrad` divides by the root of the largest v so far, so that no step grows because a
    gradient is forgotten. The efficient form, `eps_hat`, adds eps to sqrt(v) instead of
    sqrt(v̂): `x -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps)`.

    Source: Kingma & Ba, "Adam: a method for stochastic optimization", 2015 (the efficient
    form at the end of its section 2); Reddi, Kale & Kumar, "On the convergence of Adam and
    beyond", 2018.
    """

    known = (
        paper(means={("amsgrad", True): {"debias": False}}),  # which corrects nothing
        torch("Adam", BETAS, entries=MOMENTS, decay="coupled"),
        torch("AdamW", BETAS, entries=MOMENTS, decay="decoupled", usual_decay=0.01),
        keras(
            "Adam",
            KERAS_BETAS,
            defaults={"eps": 1e-7},
            conventions={"eps_hat": True},
            decay="decoupled",
        ),
        keras(
            "AdamW",
            KERAS_BETAS,
            defaults={"eps": 1e-7},
            conventions={"eps_hat": True},
            decay="decoupled",
            usual_decay=0.004,
        ),
        optax(
            "adam",
            OPTAX_BETAS,
            defaults={"lr": ASKED},
            # its maximum is of the corrected v
            means={("amsgrad", True): {"amsgrad": "corrected"}},
            entries=lambda rule: _in_optax(rule),
            unmatched=OPTAX_UNMATCHED,
        ),
        optax(
            "adamw",
            OPTAX_BETAS,
            defaults={"lr": ASKED},
            means={("amsgrad", True): {"amsgrad": "corrected"}},
            entries=lambda rule: _in_optax(rule),
            unmatched=OPTAX_UNMATCHED,
            decay="decoupled",
            usual_decay=1e-4,
        ),
        optax(
            "amsgrad",
            OPTAX_BETAS,
            defaults={"lr": ASKED},
            conventions={"amsgrad": "corrected"},
            entries=lambda rule: _in_optax(rule),
            unmatched=("eps_root", "bias_correction_mu", "bias_correction_nu"),
        ),
        lasagne("adam", LASAGNE_BETAS, conventions={"eps_hat": True}),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    eps_inside: bool = convention(False, "eps under the root: sqrt(v̂ + eps), else sqrt(v̂) + eps")
    debias: bool = convention(True, "divide the averages by 1 - beta^t")
    amsgrad: bool | str = convention(
        False,
        "divide by the root of the largest v so far; corrected: of the largest v̂",
        (False, True, "corrected"),
    )
    eps_hat: bool = convention(False, "add eps to sqrt(v), before the bias correction")

    def init(self, x):
        return AdamState(zeros(x), zeros(x), zeros(x) if self.amsgrad else None)

    def update(self, g, state, t):
        m = ema(self.beta1, state.m, g)
        v = ema(self.beta2, state.v, g * g)
        correction = 1 - self.beta2**t if self.debias else 1.0
        square, largest = v, state.largest
        if self.amsgrad == "corrected":
            largest = namespace(v).maximum(largest, v / correction)
            square = largest * correction
        elif self.amsgrad:
            square = largest = namespace(v).maximum(largest, v)
        # both corrections are numbers: on the rate they cost nothing, on m a division each
        rate = debias(self.lr, self.beta1, t) if self.debias else self.lr
        if self.eps_hat:
            step = rate * correction**0.5 * m / root(square, self.eps, self.eps_inside)
        else:
            step = rate * m / root(square / correction, self.eps, self.eps_inside)
        return -step, AdamState(m, v, largest)


def _in_optax(rule: Adam) -> list[Entry]:
    if not rule.amsgrad:
        return moments("m", "v")
    if rule.amsgrad != "corrected" and rule.debias:
        raise SlalomError("Optax's AMSGrad keeps the largest corrected v: amsgrad=corrected")
    kind = "ScaleByAmsgradState"
    return [*moments("m", "v", kind), Entry(kind, "nu_max", "largest")]


def moments(mean: str, square: str, kind: str = "ScaleByAdamState") -> list[Entry]:
    """The two averages of Adam and its relatives, as Optax calls them."""
    return [Entry(kind, "mu", mean), Entry(kind, "nu", square)]

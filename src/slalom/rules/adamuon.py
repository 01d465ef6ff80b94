"""AdaMuon: the orthogonalized momentum of Muon, divided by the root of its mean square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import kozistr, paper, timm
from .leaves import Array
from .linear_algebra import matrix, require_matrix, unmatrix
from .newton_schulz import (
    TRIPLE,
    coefficients_field,
    dtype_field,
    factor_to_length,
    orthogonalized,
    scale_field,
    shape_factor,
    steps_field,
)
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, sqrt, zeros


class AdaMuonState(NamedTuple):
    """Averages shaped like the parameters."""

    m: Array
    """of `g`"""
    v: Array
    """of `o²`"""


@dataclass(frozen=True)
class AdaMuon(Rule, name="adamuon"):
    """Adam's division by component, of a momentum that Muon's iteration has orthogonalized.

        m = beta1 m + (1 - beta1) g;  o = newton_schulz(m)
        v = beta2 v + (1 - beta2) o²
        u = o / (sqrt(v / (1 - beta2^t)) + eps)
        x -= lr f sqrt(min(rows, columns)) / (norm(u) + eps) u

    for matrices, in `partition(matrices=adamuon(0.02), rest=adam(0.001))`; a kernel of more
    dimensions is the matrix (outputs, rest). f goes by `scale`, as in muon: the step has the
    length of an orthogonal matrix times f. With `length=rms` it has
    `lr 0.2 sqrt(rows columns) / (norm(u) + eps) u`, a root mean square of 0.2 lr, and
    `debias=false` leaves v uncorrected, which then matters by eps alone. `nesterov` orthogonalizes
    `beta1 m + (1 - beta1) g`.

    The packages iterate in bfloat16.

    Source: Si, Zhang & Shen, "AdaMuon: adaptive Muon optimizer", 2025, arXiv 2507.11005.
    """

    known = (
        paper(length="rms"),
        timm(
            "Muon",
            {"momentum": "beta1", "ns_coefficients": "coefficients", "adjust_lr_fn": "length"},
            words={"ns_coefficients": TRIPLE, "adjust_lr_fn": {"match_rms_adamw": "rms"}},
            only_with={"algo": "adamuon"},
            defaults={"beta1": 0.95, "eps": 1e-7},
            conventions={
                "length": "rms",
                "debias": False,
                "coefficients": "quintic",
                "ns_dtype": "bfloat16",
            },
            unmatched=(
                *("safety_factor", "conv_mode", "normalize_spatial", "scale_eps"),
                *("adamw_lr", "fallback_lr_scale", "betas"),
            ),
            decay="decoupled",
            departs="parameters of fewer than two dimensions, narrow ones, and groups with "
            "use_fallback go by AdamW; the second of betas is beta2",
        ),
        kozistr(
            "AdaMuon",
            {
                "betas": ("beta1", "beta2"),
                "use_adjusted_lr": "scale",
                "ns_coeffs": "coefficients",
            },
            words={"use_adjusted_lr": {False: "original", True: "rms"}, "ns_coeffs": TRIPLE},
            conventions={"scale": "rms", "ns_dtype": "bfloat16"},
            unmatched=("weight_decouple", "adamw_lr", "adamw_betas", "adamw_wd"),
            decay="decoupled",
            departs="groups of parameters say use_muon, and those that do not go by AdamW with "
            "its adamw_…",
        ),
    )

    batched = True

    lr: Number = hyper(0.02, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.95, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-10, "keeps denominators from 0")
    nesterov: bool = convention(False, "look ahead by the average")
    scale: str | None = scale_field()
    length: str = convention(
        "matrix", "of a matrix, times f; or a root mean square of 0.2", ("matrix", "rms")
    )
    debias: bool = convention(True, "correct the mean square by 1 - beta2^t")
    ns_steps: int = steps_field()
    coefficients: str = coefficients_field()
    ns_dtype: str | None = dtype_field()

    def init(self, x, leaf):
        require_matrix(self.name, leaf)
        return AdaMuonState(zeros(x), zeros(x))

    def update(self, g, state, t, leaf):
        m = ema(self.beta1, state.m, g)
        o = orthogonalized(ema(self.beta1, m, g) if self.nesterov else m, leaf, self)
        v = ema(self.beta2, state.v, unmatrix(o * o, leaf))
        mean = matrix(debias(v, self.beta2, t) if self.debias else v, leaf)
        u = o / (sqrt(mean) + self.eps)
        rows, columns = o.shape[-2:]
        if self.length == "rms":
            length = 0.2 * (rows * columns) ** 0.5
        else:
            length = shape_factor(self.scale, rows, columns) * min(rows, columns) ** 0.5
        step = self.lr * factor_to_length(u, length, self.eps) * u
        return -unmatrix(step, leaf), AdaMuonState(m, v)

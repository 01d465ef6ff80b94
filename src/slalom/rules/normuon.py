"""NorMuon: Muon, with rows whose steps are equally long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import kozistr, paper
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
from .norms import norm_along
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import ema, mean, sqrt, zeros


class NorMuonState(NamedTuple):
    """Averages; that of the rows has one number for each output."""

    b: Array
    """of `g`, shaped like the parameters"""
    v: Array
    """of the mean of `o²` over a row, shape (outputs, 1)"""


@dataclass(frozen=True)
class NorMuon(Rule, name="normuon"):
    """Muon, with each output's row divided by the size that its steps have had.

        b = momentum b + (1 - momentum) g
        o = newton_schulz(momentum b + (1 - momentum) g)          nesterov=false: of b
        v = beta2 v + (1 - beta2) mean(o² over a row)
        u = o / (sqrt(v) + eps)
        x -= lr f norm(o) / (norm(u) + eps) u

    for matrices, in `partition(matrices=normuon(0.02), rest=adam(0.001))`; a kernel of more
    dimensions is the matrix (outputs, rest). f goes by `scale`, as in muon. With `length=rms` the
    step has `lr 0.2 sqrt(rows columns) / (norm(u) + eps) u`, a root mean square of 0.2 lr, as in
    the paper's algorithm. v is not corrected: the length is given back afterwards.

    pytorch_optimizer iterates in bfloat16.

    Source: Li et al., "NorMuon: making Muon more efficient and scalable", 2025, arXiv 2510.05491.
    """

    known = (
        paper(length="rms"),
        kozistr(
            "NorMuon",
            {"update_scale": "length", "use_adjusted_lr": "scale", "ns_coeffs": "coefficients"},
            words={
                "update_scale": {"preserve_norm": "kept", "match_rms": "rms"},
                "use_adjusted_lr": {False: "original", True: "rms"},
                "ns_coeffs": TRIPLE,
            },
            conventions={"ns_dtype": "bfloat16"},
            unmatched=("weight_decouple", "adamw_lr", "adamw_betas", "adamw_wd", "adamw_eps"),
            decay="decoupled",
            departs="groups of parameters say use_muon, and those that do not go by AdamW with "
            "its adamw_…",
        ),
    )

    batched = True

    lr: Number = hyper(0.02, "learning rate")
    momentum: Number = hyper(0.95, "decay of the average", "[0, 1)")
    beta2: Number = hyper(0.95, "decay of the mean square of the rows", "[0, 1)")
    eps: Number = hyper(1e-10, "keeps denominators from 0")
    nesterov: bool = convention(True, "look ahead by the average")
    scale: str | None = scale_field()
    length: str = convention("kept", "of o, times f; or a root mean square of 0.2", ("kept", "rms"))
    ns_steps: int = steps_field()
    coefficients: str = coefficients_field()
    ns_dtype: str | None = dtype_field()

    def init(self, x, leaf):
        require_matrix(self.name, leaf)
        return NorMuonState(zeros(x), zeros(matrix(x, leaf)[..., :1]))

    def update(self, g, state, leaf):
        b = ema(self.momentum, state.b, g)
        o = orthogonalized(ema(self.momentum, b, g) if self.nesterov else b, leaf, self)
        v = ema(self.beta2, state.v, mean(o * o, axis=-1, keepdims=True))
        u = o / (sqrt(v) + self.eps)
        rows, columns = o.shape[-2:]
        if self.length == "rms":
            length = 0.2 * (rows * columns) ** 0.5
        else:
            length = shape_factor(self.scale, rows, columns) * norm_along(o, (-2, -1))
        step = self.lr * factor_to_length(u, length, self.eps) * u
        return -unmatrix(step, leaf), NorMuonState(b, v)

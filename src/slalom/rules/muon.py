"""Muon: momentum of a matrix, with all its singular values made about 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, Entry, keras, kozistr, optax, paper, torch
from .leaves import Array
from .linear_algebra import require_matrix, unmatrix
from .newton_schulz import (
    COEFFICIENTS,
    TRIPLE,
    coefficients_field,
    dtype_field,
    orthogonalized,
    scale_field,
    shape_factor,
    steps_field,
)
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, zeros


class MuonState(NamedTuple):
    """The momentum, shaped like the parameters."""

    b: Array


@dataclass(frozen=True)
class Muon(Rule, name="muon"):
    """Momentum, orthogonalized: every direction of a matrix is stepped as far as any other.

        b = momentum b + (1 - momentum) g
        o = newton_schulz(momentum b + (1 - momentum) g)          nesterov=false: of b
        x -= lr f o

    for matrices, hidden layers in the first place, in
    `partition(matrices=muon(0.02), rest=adam(0.001))`. A kernel of more dimensions is the matrix
    (outputs, rest); experts, and the blocks that `split` makes of one array, are matrices each. The
    singular values of o lie between about 0.7 and 1.2, not at 1. `scale` is f, for `rows` outputs
    and `columns` inputs:

        original    sqrt(max(1, rows / columns))
        rms         0.2 sqrt(max(rows, columns)), which suits the rate and decay of AdamW
        spectral    sqrt(rows / columns)
        none        1

    `sum` is the first code's buffer, `b = momentum b + g` and o of `g + momentum b`; `debias` is
    Optax's correction, `momentum b / (1 - momentum^(t+1)) + (1 - momentum) g / (1 - momentum^t)`.
    The authors' code and PyTorch iterate in bfloat16, Optax in the dtype of the parameters.

    Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; rms:
    Liu et al., "Muon is scalable for LLM training", 2025, arXiv 2502.16982; quintic: Ahn et al.,
    "Dion: distributed orthonormalized updates", 2025, arXiv 2504.05295.
    """

    # PyTorch, kozistr and the authors iterate in bfloat16
    known = (
        paper(ns_dtype="bfloat16"),
        torch(
            "Muon",
            {"adjust_lr_fn": "scale", "ns_coefficients": "coefficients"},
            words={
                "adjust_lr_fn": {None: "original", "match_rms_adamw": "rms"},
                "ns_coefficients": TRIPLE,
            },
            defaults={"lr": 0.001},
            conventions={"guard": "max", "ns_dtype": "bfloat16"},
            entries={"momentum_buffer": "b"},
            decay="decoupled",
            usual_decay=0.1,
            departs="takes matrices of two dimensions alone",
        ),
        optax(
            "contrib.muon",
            {
                "learning_rate": "lr",
                "beta": "momentum",
                "ns_coeffs": "coefficients",
                "consistent_rms": "scale",
            },
            words={
                "ns_coeffs": {**TRIPLE, COEFFICIENTS["quintic"]: "quintic", "dion": "quintic"},
                "consistent_rms": {None: "original", 0.2: "rms"},
            },
            defaults={"lr": ASKED, "eps": 1e-8},
            conventions={"debias": True},
            entries=lambda rule: [Entry("MuonState", "mu", "b")],
            unmatched=(
                *("adaptive", "preconditioning", "muon_weight_dimension_numbers"),
                *("adam_b1", "adam_b2", "adam_eps_root", "adam_weight_decay"),
                "adam_learning_rate",
            ),
            decay="decoupled",
            departs="arrays that have not two dimensions go by NAdam with its adam_… and lr: "
            "partition(matrices=muon@optax, rest=nadam@optax)",
        ),
        keras(
            "Muon",
            {"learning_rate": "lr", "rms_rate": "scale"},
            words={"rms_rate": {0.2: "rms"}},
            defaults={"lr": 0.001},
            conventions={"sum": True, "scale": "rms"},
            unmatched=(
                *("muon_a", "muon_b", "muon_c", "exclude_layers", "exclude_embeddings"),
                *("adam_beta_1", "adam_beta_2", "adam_weight_decay", "adam_lr_ratio", "epsilon"),
            ),
            decay="decoupled",
            usual_decay=0.004,
            departs="arrays that have not two dimensions, and embeddings, go by Adam with its "
            "adam_…, epsilon and lr: partition(matrices=muon@keras, rest=adam@keras); the norm of "
            "the matrix has the precision of float32",
        ),
        kozistr(
            "Muon",
            {"use_adjusted_lr": "scale", "ns_coeffs": "coefficients"},
            words={"use_adjusted_lr": {False: "original", True: "rms"}, "ns_coeffs": TRIPLE},
            conventions={"guard": "max", "ns_dtype": "bfloat16"},
            unmatched=(
                *("weight_decouple", "ns_method", "ns_reset_steps"),
                *("adamw_lr", "adamw_betas", "adamw_wd", "adamw_eps"),
            ),
            decay="decoupled",
            departs="groups of parameters say use_muon, and those that do not go by AdamW with "
            "its adamw_…",
        ),
    )

    batched = True

    lr: Number = hyper(0.02, "learning rate")
    momentum: Number = hyper(0.95, "decay of the average", "[0, 1)")
    eps: Number = hyper(1e-7, "keeps the norm of the matrix from 0")
    nesterov: bool = convention(True, "look ahead by the average")
    scale: str | None = scale_field()
    sum: bool = convention(False, "the buffer is a sum, not an average")
    debias: bool = convention(False, "correct the average by 1 - momentum^t")
    guard: str = convention("plus", "eps is added to the norm, or its lower bound", ("plus", "max"))
    ns_steps: int = steps_field()
    coefficients: str = coefficients_field()
    ns_dtype: str | None = dtype_field()

    def init(self, x, leaf):
        require_matrix(self.name, leaf)
        return MuonState(zeros(x))

    def update(self, g, state, t, leaf):
        b = self.momentum * state.b + g if self.sum else ema(self.momentum, state.b, g)
        o = orthogonalized(self._direction(b, g, t), leaf, self, self.eps, self.guard)
        factor = shape_factor(self.scale, *o.shape[-2:])
        return -self.lr * factor * unmatrix(o, leaf), MuonState(b)

    def _direction(self, b, g, t):
        if not self.nesterov:
            return debias(b, self.momentum, t) if self.debias else b
        push = g if self.sum else (1 - self.momentum) * g
        if self.debias:
            b, push = debias(b, self.momentum, t + 1), debias(push, self.momentum, t)
        return self.momentum * b + push

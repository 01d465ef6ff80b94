"""Muon: momentum of a matrix, with all its singular values made about 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from .counterpart import ASKED, Entry, keras, kozistr, optax, paper, torch
from .leaves import Array, namespace, widened
from .linear_algebra import (
    dtype_named,
    matrix,
    plus_product,
    require_matrix,
    transposed,
    unmatrix,
)
from .norms import root_of_squares
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, larger, zeros

COEFFICIENTS = {
    "original": ((3.4445, -4.7750, 2.0315),),
    "quintic": (
        (4.0848, -6.8946, 2.9270),
        (3.9505, -6.3029, 2.6377),
        (3.7418, -5.5913, 2.3037),
        (2.8769, -3.1427, 1.2046),
        (2.8366, -3.0525, 1.2012),
    ),
}
"""`(a, b, c)` of each iteration; the last stands for all that follow."""


def newton_schulz(
    M: Array,
    steps: int = 5,
    eps: Number = 1e-7,
    *,
    guard: str = "plus",
    coefficients: str = "original",
    dtype: Any = None,
) -> Array:
    """Drives all singular values of a matrix towards 1: between about 0.7 and 1.2, by design.

        X = M / (norm(M) + eps)
        X = a X + (b A + c A A) X,  A = X X.T          `steps` times

    on the transposed matrix where it has more rows than columns.

    Args:
        M: shape (…, rows, columns); each matrix by itself.
        steps: how many iterations.
        eps: keeps the norm from 0.
        guard: `plus`: eps is added to the norm; `max`: it is its lower bound.
        coefficients: a name in `COEFFICIENTS`.
        dtype: what to iterate in; default that of `M`, float32 at least.

    Returns:
        An array like `M`, in its dtype.
    """
    xp = namespace(M)
    if M.ndim > 3:  # PyTorch multiplies one axis of matrices in one call
        flat = xp.reshape(M, (-1, *M.shape[-2:]))
        options = {"guard": guard, "coefficients": coefficients, "dtype": dtype}
        return xp.reshape(newton_schulz(flat, steps, eps, **options), M.shape)
    X = widened(M) if dtype is None else xp.astype(M, dtype)
    tall = M.shape[-2] > M.shape[-1]
    X = transposed(X) if tall else X
    norm = root_of_squares([X], lambda squares: xp.sum(squares[0], axis=(-2, -1), keepdims=True))
    below = larger(norm, eps) if guard == "max" else norm + eps
    X = X / xp.astype(below, X.dtype, copy=False)
    triples = COEFFICIENTS[coefficients]
    for step in range(steps):
        a, b, c = triples[min(step, len(triples) - 1)]
        A = X @ transposed(X)
        X = plus_product(X, plus_product(A, A, A, b, c), X, a, 1.0)
    return xp.astype(transposed(X) if tall else X, M.dtype, copy=False)


TRIPLE = {COEFFICIENTS["original"][0]: "original"}
"""The coefficients of other libraries, which take one triple for all iterations."""


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
    scale: str | None = convention(
        "original", "factor by the shape", ("original", "rms", "spectral", None)
    )
    sum: bool = convention(False, "the buffer is a sum, not an average")
    debias: bool = convention(False, "correct the average by 1 - momentum^t")
    guard: str = convention("plus", "eps is added to the norm, or its lower bound", ("plus", "max"))
    ns_steps: int = convention(5, "Newton-Schulz iterations", range(1, 100))
    coefficients: str = convention("original", "of the iterations", tuple(COEFFICIENTS))
    ns_dtype: str | None = convention(
        None,
        "of the iterations; none: that of the parameters, float32 at least",
        (None, "bfloat16", "float32", "float64"),
    )

    def init(self, x, leaf):
        require_matrix(self.name, leaf)
        return MuonState(zeros(x))

    def update(self, g, state, t, leaf):
        b = self.momentum * state.b + g if self.sum else ema(self.momentum, state.b, g)
        o = newton_schulz(
            matrix(self._direction(b, g, t), leaf),
            self.ns_steps,
            self.eps,
            guard=self.guard,
            coefficients=self.coefficients,
            dtype=None if self.ns_dtype is None else dtype_named(self.ns_dtype, g),
        )
        return -self.lr * self._factor(*o.shape[-2:]) * unmatrix(o, leaf), MuonState(b)

    def _direction(self, b, g, t):
        if not self.nesterov:
            return debias(b, self.momentum, t) if self.debias else b
        push = g if self.sum else (1 - self.momentum) * g
        if self.debias:
            b, push = debias(b, self.momentum, t + 1), debias(push, self.momentum, t)
        return self.momentum * b + push

    def _factor(self, rows, columns):
        return {
            "original": max(1.0, rows / columns) ** 0.5,
            "rms": 0.2 * max(rows, columns) ** 0.5,
            "spectral": (rows / columns) ** 0.5,
            None: 1.0,
        }[self.scale]

"""Scion: the longest step in a norm that fits what the parameter is for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, kozistr, paper
from .leaves import Array, namespace
from .linear_algebra import matrix, require_matrix, unmatrix
from .newton_schulz import coefficients_field, dtype_field, orthogonalized, steps_field
from .norms import norm_along
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import ema, sign, zeros

EPS = 1e-8
"""Added to root mean squares: what a direction without length is divided by."""


class ScionState(NamedTuple):
    """The average of the gradient, shaped like the parameters."""

    m: Array


@dataclass(frozen=True)
class Scion(Rule, name="scion"):
    """Steps of one length in a norm of the parameter's role, in the direction of an average.

        m = (1 - momentum) m + momentum g
        x -= lr scale u                         constraint=true:  x = (1 - lr) x - lr scale u

    momentum is the weight of the new gradient. u goes by `norm`, for `rows` outputs and `columns`
    inputs; a kernel of more dimensions is the matrix (outputs, rest):

        auto      sqrt(rows / columns) newton_schulz(m);  for a kernel divided by its area, with
                  rows / columns of its channels;  for a vector m / rms(m)
        sign      sign(m) / columns
        column    m divided by the root mean square of each column
        row       m divided by the norm of each row, and by sqrt(columns)

    The authors step hidden layers by `auto` with scale 50, embeddings and heads by `sign` with
    scale 3000: `partition(matrices=scion(scale=50), heads=scion(scale=3000, norm=sign), …)`. With
    the constraint weights stay in the ball of radius `scale`.

    pytorch_optimizer iterates in bfloat16; its numbers of `norm_type` are AUTO, SIGN, COL and ROW.

    Source: Pethick et al., "Training deep learning models with norm-constrained LMOs", 2025,
    arXiv 2502.07529.
    """

    known = (
        paper(lr=ASKED),
        kozistr(
            "SCION",
            {"norm_type": "norm"},
            words={"norm_type": {1: "auto", 4: "sign", 6: "column", 7: "row"}},
            conventions={"ns_dtype": "bfloat16"},
            unmatched=("norm_kwargs", "weight_decouple"),
            decay="decoupled",
            departs="with constraint=True it has no weight decay",
        ),
    )

    batched = True

    lr: Number = hyper(0.001, "learning rate")
    momentum: Number = hyper(0.1, "weight of the new gradient in the average", "(0, 1]")
    scale: Number = hyper(1.0, "length of a step, or radius of the ball", "(0, inf)")
    norm: str = convention("auto", "what a step is measured by", ("auto", "sign", "column", "row"))
    constraint: bool = convention(False, "weights stay in the ball")
    ns_steps: int = steps_field()
    coefficients: str = coefficients_field()
    ns_dtype: str | None = dtype_field()

    def init(self, x, leaf):
        if self.norm != "auto":
            require_matrix(self.name, leaf, f" with norm={self.norm}")
        return ScionState(zeros(x))

    def update(self, g, state, x, leaf):
        m = ema(1 - self.momentum, state.m, g)
        step = self.scale * self._longest(m, leaf)
        return -self.lr * (step + x if self.constraint else step), ScionState(m)

    def _longest(self, m, leaf):
        if len(leaf.shape) < 2:
            axes = tuple(range(m.ndim - len(leaf.shape), m.ndim))
            return m / _size(m, axes, math.prod(leaf.shape))
        if self.norm == "auto":
            o = orthogonalized(m, leaf, self)
            return _channels(leaf) * unmatrix(o, leaf)
        M = matrix(m, leaf)
        rows, columns = M.shape[-2:]
        if self.norm == "sign":
            return unmatrix(sign(M) / columns, leaf)
        if self.norm == "column":
            return unmatrix(M / _size(M, (-2,), rows), leaf)
        return unmatrix(M / _size(columns * M, (-1,), columns), leaf)


def _size(a: Array, axes: tuple[int, ...], count: int) -> Array:
    """The root mean square along some axes of so many components, kept from 0."""
    xp = namespace(a)
    return xp.astype(norm_along(a, axes) / max(1, count) ** 0.5 + EPS, a.dtype, copy=False)


def _channels(leaf) -> float:
    """`sqrt(outputs / inputs)`, for a kernel divided by its area."""
    axis, shape = leaf.outputs % len(leaf.shape), leaf.shape
    inputs = shape[axis + 1 if axis == 0 else axis - 1]
    return (shape[axis] / inputs) ** 0.5 * shape[axis] * inputs / math.prod(shape)

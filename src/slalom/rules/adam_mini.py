"""Adam-mini: Adam with one second moment for a row of a matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import authors, paper
from .leaves import Array
from .linear_algebra import other_axes
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, mean, sqrt, zeros


class AdamMiniState(NamedTuple):
    """The average gradient, and one mean square for each block of parameters."""

    m: Array
    """shaped like the parameters"""
    v: Array
    """with 1 in the place of the axes along which a block lies"""


@dataclass(frozen=True)
class AdamMini(Rule, name="adam_mini"):
    """Adam with a rate for each block of weights, whose second moment takes next to no memory.

        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) mean(g² over the block)
        x -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)

    A block is what belongs to one output of a matrix, or to one token of an embedding (its first
    axis in every library). A vector is one block, and with `block=leaf` each array is. The
    authors' code tells blocks by names: one for each head of query and key matrices, one for each
    output of other matrices and each token, one for each component of a bias, as in
    `partition(vectors=adam(), rest=adam_mini())`, and one of what has an unknown name.

    Source: Zhang et al., "Adam-mini: use fewer learning rates to gain more", 2024, arXiv
    2406.16793.
    """

    known = (
        paper(),
        authors(
            "Adam_mini",
            {"betas": ("beta1", "beta2")},
            unmatched=("named_parameters", "model_sharding", "dim", "n_heads", "n_kv_heads"),
            decay="decoupled",
            package="adam-mini",
            departs="query and key matrices have one block for each head, biases one for each "
            "component, and what has an unknown name is one block",
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    block: str = convention("row", "what has one second moment", ("row", "leaf"))

    def init(self, x, leaf):
        return AdamMiniState(zeros(x), zeros(self._mean(x, leaf)))

    def update(self, g, state, t, leaf):
        m = ema(self.beta1, state.m, g)
        v = ema(self.beta2, state.v, self._mean(g * g, leaf))
        below = sqrt(v / (1 - self.beta2**t)) + self.eps
        return -debias(self.lr, self.beta1, t) * m / below, AdamMiniState(m, v)

    def _mean(self, a, leaf):
        """The mean of each block; of an array that is one block, a scalar."""
        if self.block == "leaf" or len(leaf.shape) < 2:
            return mean(a)
        rows = 0 if leaf.role == "embedding" else leaf.outputs
        return mean(a, axis=other_axes(leaf, rows), keepdims=True)

"""PSGD with Kronecker factors: a preconditioner that is fitted to the gradients step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import kozistr, paper, timm
from .leaves import Array, namespace
from .linear_algebra import (
    identity,
    matrix,
    solved,
    spectral_bound,
    transposed,
    unmatrix,
    views,
    with_axes,
)
from .norms import norm_along
from .rule import Leaf, Number, Rule
from .sharded import gathered, replicated
from .value import convention, hyper
from .vocabulary import debias, ema, smaller, when, zeros

TINY = 1.2e-38
"""Added to what a correction is divided by."""
LARGEST_STEP = 1.1
"""The largest root mean square of u; a fitted preconditioner makes it 1."""


class PSGDKronState(NamedTuple):
    """The average of the gradient, and one factor of the preconditioner for each axis."""

    m: Array
    """shaped like the parameters"""
    Q: tuple[Array, ...]
    """upper triangular matrices; for a vector, and for long axes, the diagonal of one"""


@dataclass(frozen=True)
class PSGDKron(Rule, name="psgd_kron"):
    """Momentum times a preconditioner, a factor for each axis, that is fitted to whiten gradients.

        m = momentum m + (1 - momentum) g;  h = m / (1 - momentum^t);  V drawn from N(0, 1)
        A = Q1 h Q2.T;  B = Q1^(-T) V Q2^(-1)
        Q1 -= precond_lr triu(A A.T - B B.T) / bound(A A.T + B B.T) Q1
        Q2 -= precond_lr triu(A.T A - B.T B) / bound(A.T A + B.T B) Q2
        u = Q1.T Q1 h Q2.T Q2;  u = u min(1, 1.1 / rms(u))
        x -= lr u

    from identities on, both factors by the A and B of before; bound is a bound from below of the
    largest eigenvalue. An array of more axes has a factor for each. For a vector, and for an axis
    longer than `largest`, the factor is a diagonal q, and
    `q -= precond_lr (a - b) q / max(a + b)` with the diagonals a and b of the products. Where
    `(t - 1) mod every = 0` the factors are renewed, and brought to one largest component, which
    leaves their product as it is.

    The packages renew them with a probability that falls from 1 to 0.03 over 4000 steps, and
    balance them at random; timm solves triangular systems in float32.

    Source: Li, "Preconditioned stochastic gradient descent", 2015, arXiv 1512.04202; Pooladzandi &
    Li, "Curvature-informed SGD via general purpose Lie-group preconditioners", 2024,
    arXiv 2402.04553.
    """

    known = (
        paper(),
        timm(
            "kron.Kron",
            {"max_size_triangular": "largest"},
            unmatched=(
                *("preconditioner_update_probability", "min_ndim_triangular", "memory_save_mode"),
                *("momentum_into_precond_update", "precond_init_scale", "precond_dtype"),
                *("decoupled_decay", "corrected_weight_decay", "stochastic_weight_decay"),
                *("flatten", "flatten_start_dim", "flatten_end_dim", "deterministic"),
            ),
            decay="decoupled",
            departs="preconditioner_update_probability=1.0 is every=1; its default falls from 1 "
            "to 0.03",
        ),
        kozistr(
            "Kron",
            {"max_size_triangular": "largest"},
            conventions={"largest": 8192},
            unmatched=(
                *("pre_conditioner_update_probability", "min_ndim_triangular", "memory_save_mode"),
                *("momentum_into_precondition_update", "precondition_dtype", "balance_prob"),
                "weight_decouple",
            ),
            decay="decoupled",
            departs="pre_conditioner_update_probability=1.0 is every=1; its default falls from 1 "
            "to 0.03; the cap of a step is 1e-6 lower in relation",
        ),
    )

    batched = True

    lr: Number = hyper(0.001, "learning rate")
    momentum: Number = hyper(0.9, "decay of the average", "[0, 1)")
    precond_lr: Number = hyper(0.1, "how far the factors go at a renewal", "(0, 1]")
    every: Number = hyper(1, "steps between two renewals of the factors", "[1, inf)")
    largest: int = convention(2048, "the longest axis with a triangle", range(1, 1_000_000))

    def init(self, x, leaf):
        Q = tuple(replicated(self._identity(gathered(x), view), x) for view in views(leaf))
        return PSGDKronState(zeros(x), Q)

    def update(self, g, key, state, t, leaf):
        if 0 in leaf.shape:
            return zeros(g), state
        m = ema(self.momentum, state.m, g)
        h, V = (with_axes(gathered(a), leaf) for a in (debias(m, self.momentum, t), key.normal(g)))
        Q = tuple(map(gathered, state.Q))
        Q = when((t - 1) % self.every == 0, lambda: self._renewed(Q, h, V, leaf), lambda: Q)
        u = _along(_squared, Q, h, leaf)
        delta = namespace(u).reshape(-self.lr * _capped(u, leaf), g.shape)
        return replicated(delta, g), PSGDKronState(m, tuple(replicated(q, g) for q in Q))

    def _identity(self, x, view):
        one = identity(view.shape[view.outputs], x)
        is_diagonal = len(view.shape) < 2 or view.shape[view.outputs] > self.largest
        return namespace(one).linalg.diagonal(one) + 0 if is_diagonal else one

    def _renewed(self, Q, h, V, leaf):
        A, B = _along(_times, Q, h, leaf), _along(_divided, Q, V, leaf)
        pairs = zip(Q, views(leaf), strict=True)
        new = [_fitted(q, matrix(A, own), matrix(B, own), self.precond_lr) for q, own in pairs]
        return _balanced(new, h.ndim - len(views(leaf)))


def _along(apply: Callable[..., Array], Q: Sequence[Array], a: Array, leaf: Leaf) -> Array:
    """An array, or a batch, with something done to each axis by its factor."""
    for q, view in zip(Q, views(leaf), strict=True):
        a = unmatrix(apply(q, matrix(a, view)), view)
    return a


def _is_diagonal(q: Array, M: Array) -> bool:
    """Whether a factor of the rows of a matrix, or of a batch of them, is a diagonal."""
    return q.ndim < M.ndim


def _times(q: Array, M: Array) -> Array:
    return q[..., None] * M if _is_diagonal(q, M) else q @ M


def _squared(q: Array, M: Array) -> Array:
    """`Q.T Q M`."""
    return q[..., None] ** 2 * M if _is_diagonal(q, M) else transposed(q) @ (q @ M)


def _divided(q: Array, M: Array) -> Array:
    """`Q^(-T) M`."""
    return M / q[..., None] if _is_diagonal(q, M) else solved(transposed(q), M, upper=False)


def _fitted(q: Array, A: Array, B: Array, rate: Number) -> Array:
    """A factor after a step towards one whose A and B, seen along its axis, are alike."""
    xp = namespace(q)
    if _is_diagonal(q, A):
        a, b = (xp.sum(M * M, axis=-1) for M in (A, B))
        return q - rate * (a - b) * q / (xp.max(a + b, axis=-1, keepdims=True) + TINY)
    P, S = A @ transposed(A), B @ transposed(B)
    return q - xp.triu(rate * (P - S)) / (spectral_bound(P + S) + TINY) @ q


def _balanced(Q: Sequence[Array], before: int) -> tuple[Array, ...]:
    """Factors of one largest component, after so many axes of a batch; their product stays."""
    if len(Q) == 1:
        return tuple(Q)
    xp = namespace(*Q)
    tops = [xp.max(abs(q), axis=tuple(range(before, q.ndim)), keepdims=True) for q in Q]
    flat = [xp.reshape(top, top.shape[:before]) for top in tops]
    share = math.prod(top ** (1 / len(Q)) for top in flat)
    return tuple(q * (xp.reshape(share, top.shape) / top) for q, top in zip(Q, tops, strict=True))


def _capped(u: Array, leaf: Leaf) -> Array:
    """A step whose root mean square is `LARGEST_STEP` at most."""
    axes = range(u.ndim - len(views(leaf)), u.ndim)
    size = norm_along(u, tuple(axes)) / max(1, math.prod(leaf.shape)) ** 0.5
    factor = smaller(LARGEST_STEP / (size + 1e-8), 1.0)
    return u * namespace(u).astype(factor, u.dtype, copy=False)

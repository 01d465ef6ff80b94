"""SOAP: Adam in the eigenvectors of Shampoo's matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import kozistr, paper
from .leaves import Array, namespace
from .linear_algebra import eigh, qr, transposed, turned
from .rule import Number, Rule
from .sharded import whole
from .value import convention, hyper
from .vocabulary import ema, sqrt, when, zeros


class SOAPState(NamedTuple):
    """Adam's averages, and for each axis a square matrix and its basis, None for some axes."""

    m: Array
    """of `g`, in the parameters' own axes"""
    v: Array
    """of the square of `g`, in the bases"""
    L: tuple[Array | None, ...]
    """averages of `g g.T` over all other axes"""
    Q: tuple[Array | None, ...]
    """their eigenvectors, as columns"""


@dataclass(frozen=True)
class SOAP(Rule, name="soap"):
    """Adam in the eigenbasis of Shampoo's preconditioner, for matrices.

        at t = 1, no step:  L = (1 - b) g g.T, R = (1 - b) g.T g; QL, QR their eigenvectors
        m = beta1 m + (1 - beta1) g;  h = QL.T g QR;  v = beta2 v + (1 - beta2) h²
        u = sqrt(1 - beta2^n) / (1 - beta1^n) (QL.T m QR) / (sqrt(v) + eps),  n = t - 1
        x -= lr QL u QR.T;  x -= lr weight_decay x
        L = b L + (1 - b) g g.T;  R = b R + (1 - b) g.T g
        where n mod every = 0:  QL = Q of the QR of L QL;  QR likewise

    Before a basis is renewed its columns are ordered by their eigenvalues, largest first, and v
    with them. b is `shampoo_beta`. A vector, unless `precondition_1d`, and an axis longer than
    `largest` have no basis: Adam, but for the first step. The decay is that of the new x.

    A first gradient of low rank leaves directions whose basis is the library's choice, so results
    may then differ between libraries.

    Source: Vyas et al., "SOAP: improving and stabilizing Shampoo using Adam", 2024,
    arXiv 2409.11321.
    """

    known = (
        paper(weight_decay=0.01),
        kozistr(
            "SOAP",
            {
                "betas": ("beta1", "beta2"),
                "precondition_frequency": "every",
                "max_precondition_dim": "largest",
            },
            defaults={"weight_decay": 0.01},
            unmatched=("merge_dims", "correct_bias", "normalize_gradient", "data_format"),
            departs="takes the QR of its bases in float32",
        ),
    )

    lr: Number = hyper(0.003, "learning rate")
    beta1: Number = hyper(0.95, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.95, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    shampoo_beta: Number | None = hyper(None, "decay of L and R; none: beta2", "[0, 1)")
    weight_decay: Number = hyper(0.0, "pull of the weights, after the step")
    every: Number = hyper(10, "steps between two renewals of the bases", "[1, inf)")
    precondition_1d: bool = convention(False, "vectors have a basis too")
    largest: int = convention(10_000, "the longest axis with a basis", range(1, 1_000_000))

    def init(self, x):
        axes = range(len(x.shape))
        L, Q = (tuple(self._square(x, axis) for axis in axes) for _ in range(2))
        return SOAPState(zeros(x), zeros(x), L, Q)

    def update(self, g, state, x, t):
        b = self.beta2 if self.shampoo_beta is None else self.shampoo_beta
        new = tuple(
            None if old is None else ema(b, old, _outer(g, axis))
            for axis, old in enumerate(state.L)
        )
        return when(
            t == 1,
            lambda: (zeros(x), SOAPState(state.m, state.v, new, tuple(map(_vectors, new)))),
            lambda: self._step(g, state, new, x, t - 1),
        )

    def _step(self, g, state, new, x, n):
        m = ema(self.beta1, state.m, g)
        h = turned(g, state.Q)
        v = ema(self.beta2, state.v, h * h)
        rate = self.lr * (1 - self.beta2**n) ** 0.5 / (1 - self.beta1**n)
        u = rate * turned(m, state.Q) / (sqrt(v) + self.eps)
        back = [None if Q is None else transposed(Q) for Q in state.Q]
        decayed = 1 - self.lr * self.weight_decay
        delta = decayed * (x - turned(u, back)) - x
        v, Q = when(n % self.every == 0, lambda: _renewed(v, new, state.Q), lambda: (v, state.Q))
        return delta, SOAPState(m, v, new, Q)

    def _square(self, x, axis):
        size = x.shape[axis]
        if size > self.largest or (len(x.shape) < 2 and not self.precondition_1d):
            return None
        return zeros(_outer(x, axis))


def _outer(g: Array, axis: int) -> Array:
    """The products of all pairs of slices of an axis."""
    g, others = whole(g), tuple(i for i in range(len(g.shape)) if i != axis)
    return namespace(g).tensordot(g, g, axes=(others, others))


def _vectors(L: Array | None) -> Array | None:
    """The eigenvectors of a symmetric matrix, those of the largest eigenvalues first."""
    return None if L is None else namespace(L).flip(eigh(L)[1], axis=-1)


def _renewed(
    v: Array, new: tuple[Array | None, ...], bases: tuple[Array | None, ...]
) -> tuple[Array, tuple[Array | None, ...]]:
    """The bases after one step of subspace iteration, and v in the order of their columns."""
    v = whole(v)
    found: list[Array | None] = []
    for axis, (L, Q) in enumerate(zip(new, bases, strict=True)):
        if L is None or Q is None:
            found.append(None)
            continue
        xp = namespace(L)
        P = L @ Q
        order = xp.argsort(xp.sum(Q * P, axis=0), descending=True)
        v = xp.take(v, order, axis=axis)
        found.append(qr(xp.take(P, order, axis=1))[0])
    return v, tuple(found)

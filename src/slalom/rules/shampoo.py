"""Shampoo: gradients divided by roots of matrices of their products, one for each axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .counterpart import ASKED, kozistr, paper
from .leaves import Array, namespace
from .linear_algebra import inverse_root, matrix, transposed, unmatrix, views, with_axes
from .norms import norm_along
from .rule import Leaf, Number, Rule
from .sharded import whole
from .value import convention, hyper
from .vocabulary import debias, ema, quotient, sqrt, when, where, zeros


class ShampooState(NamedTuple):
    """Matrices of the axes, those of the first block first, and what two options remember."""

    L: tuple[Array, ...]
    """sums, or averages, of `g g.T` over all other axes"""
    P: tuple[Array, ...]
    """their inverse roots, as they were last renewed"""
    b: Array | None
    """the last preconditioned gradient, where there is a momentum"""
    v: Array | None
    """the sum, or average, of `g²`, where the length of the step is taken from it"""


@dataclass(frozen=True)
class Shampoo(Rule, name="shampoo"):
    """Adagrad with products of components: gradients divided by roots of a matrix for each axis.

        g = (1 - momentum) g + momentum b          b is the u before; g itself at t = 1
        L += g g.T;  R += g.T g
        u = (L + eps)^(-1/4) g (R + eps)^(-1/4)
        x -= lr u

    with `eps` on the diagonals. An array of k axes has one matrix for each, and roots -1 / (2 k);
    a vector one, the square root: full-matrix Adagrad. The roots are renewed where
    `(t - 1) mod every = 0`. An axis longer than `block` is cut into parts of that length, and
    every block steps by matrices of its own.

    `decay` makes averages of the sums, `L = decay L + (1 - decay) g g.T`, divided by
    `1 - decay^t`. `graft` gives u the length of the step of Adagrad, `g / (sqrt(v) + graft_eps)`
    with the sum v of g²; with a `decay` v is an average too, as in Adam without momentum.

    pytorch_optimizer renews roots where `t mod every = 0` and has no blocks.

    Source: Gupta, Koren & Singer, "Shampoo: preconditioned stochastic tensor optimization", 2018,
    arXiv 1802.09568; blocks and the length of the step: Anil et al., "Scalable second order
    optimization for deep learning", 2020, arXiv 2002.09018; averages: Shi et al., "A distributed
    data-parallel PyTorch implementation of the distributed Shampoo optimizer", 2023,
    arXiv 2309.06497.
    """

    known = (
        paper(lr=ASKED),
        kozistr(
            "Shampoo",
            {"preconditioning_compute_steps": "every", "matrix_eps": "eps"},
            words={"momentum": {0.0: None}},
            defaults={"lr": 0.001},
            unmatched=("weight_decouple", "fixed_decay"),
            decay="coupled",
            departs="with preconditioning_compute_steps above 1 there is no step before the first "
            "roots, at t = preconditioning_compute_steps; axes of any length have one matrix",
        ),
    )

    batched = True

    lr: Number = hyper(0.1, "learning rate")
    eps: Number = hyper(1e-6, "added to the diagonals of the matrices", "(0, inf)")
    momentum: Number | None = hyper(None, "share of the u before; none: no momentum", "[0, 1)")
    decay: Number | None = hyper(None, "decay of the averages; none: sums", "[0, 1)")
    every: Number = hyper(1, "steps between two renewals of the roots", "[1, inf)")
    graft: bool = convention(False, "take the length of the step from Adagrad, or Adam")
    graft_eps: Number = hyper(1e-8, "keeps the denominator of that step from 0")
    block: int = convention(1024, "the longest axis with one matrix", range(1, 1_000_000))

    def init(self, x, leaf):
        x = with_axes(whole(x), leaf)
        L, P = (tuple(zeros(_products(G)) for G in self._matrices(x, leaf)) for _ in range(2))
        b = None if self.momentum is None else zeros(x)
        return ShampooState(L, P, b, zeros(x) if self.graft else None)

    def update(self, g, state, t, leaf):
        given, g = g, with_axes(whole(g), leaf)
        if self.momentum is not None:
            g = ema(self.momentum, where(t == 1, g, state.b), g)
        L = tuple(
            self._mean(old, _products(G))
            for old, G in zip(state.L, self._matrices(g, leaf), strict=True)
        )
        P = when((t - 1) % self.every == 0, lambda: self._roots(L, g, leaf, t), lambda: state.P)
        u, v = self._preconditioned(g, P, leaf), None
        if self.graft:
            v = self._mean(state.v, g * g)
            u = self._of_length(u, g / (sqrt(self._unbiased(v, t)) + self.graft_eps), leaf)
        b = None if self.momentum is None else u
        delta = namespace(g).reshape(-self.lr * u, given.shape)
        return delta, ShampooState(L, P, b, v)

    def _mean(self, old, value):
        return old + value if self.decay is None else ema(self.decay, old, value)

    def _unbiased(self, mean, t):
        return mean if self.decay is None else debias(mean, self.decay, t)

    def _roots(self, L, g, leaf, t):
        order = 2 * max(1, len(leaf.shape))
        return tuple(inverse_root(self._unbiased(one, t), order, self.eps) for one in L)

    def _preconditioned(self, g, P, leaf):
        roots, found = iter(P), []
        for block, own in self._blocks(g, leaf):
            for view in views(own):
                block = unmatrix(next(roots) @ matrix(block, view), view)
            found.append(block)
        return _joined(iter(found), self._axes(g, leaf), g.shape, self.block)

    def _of_length(self, u, other, leaf):
        axes = tuple(self._axes(u, leaf))
        ratio = quotient(norm_along(other, axes), norm_along(u, axes))
        return u * namespace(u).astype(ratio, u.dtype, copy=False)

    def _axes(self, a, leaf):
        count = max(1, len(leaf.shape))
        return range(a.ndim - count, a.ndim)

    def _blocks(self, a, leaf) -> Iterator[tuple[Any, Leaf]]:
        """The blocks of an array, or of a batch, and the shape of each."""
        axes = self._axes(a, leaf)
        for block in _cut(a, list(axes), self.block):
            yield block, replace(leaf, shape=block.shape[axes[0] :])

    def _matrices(self, a, leaf) -> Iterator[Array]:
        """Every block as a matrix whose rows are one of its axes, for all axes."""
        for block, own in self._blocks(a, leaf):
            yield from (matrix(block, view) for view in views(own))


def _products(G: Array) -> Array:
    return G @ transposed(G)


def _cut(a: Array, axes: list[int], size: int) -> Iterator[Array]:
    """The parts of an array of which no axis is longer than a size."""
    if not axes:
        yield a
        return
    first, rest = axes[0], axes[1:]
    if a.shape[first] <= size:
        yield from _cut(a, rest, size)
        return
    for at in range(0, a.shape[first], size):
        part = a[(slice(None),) * first + (slice(at, at + size),)]
        yield from _cut(part, rest, size)


def _joined(parts: Iterator[Array], axes: range, shape: tuple[int, ...], size: int) -> Array:
    """The array that `_cut` cut."""
    if not axes:
        return next(parts)
    first, rest = axes[0], axes[1:]
    count = max(1, -(-shape[first] // size))
    found = [_joined(parts, rest, shape, size) for _ in range(count)]
    return found[0] if count == 1 else namespace(*found).concat(found, axis=first)

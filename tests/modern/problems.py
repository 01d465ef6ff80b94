"""Losses that change from step to step by a formula, so that every package meets the same ones.

Each is a fixed quadratic plus `<n_t, x>`. Its parts are lists of arrays, one for each leaf. The
functions take NumPy arrays, or JAX's with `xp=jax.numpy` and a traced t.
"""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Problem:
    """A quadratic with a sum of sines for noise, of leaves of these shapes."""

    seed: int
    start: list
    data: tuple

    def noise(self, t, k, xp=np):
        """`n_t` of leaf k."""
        shape = np.shape(self.start[k])
        j = np.arange(np.prod(shape, dtype=int)).reshape(shape)
        return 0.1 * xp.sin(1.3 * t + 0.7 * j + k + self.seed)

    def gradient(self, xs, t, xp=np):
        """The gradient at step t."""
        return [g + self.noise(t, k, xp) for k, g in enumerate(self.slope(xs))]

    def loss(self, xs, t, xp=np):
        """The loss at step t."""
        linear = (xp.sum(self.noise(t, k, xp) * x) for k, x in enumerate(xs))
        return self.height(xs) + sum(linear)

    def height(self, xs) -> Any:
        """The quadratic."""
        raise NotImplementedError

    def slope(self, xs) -> list:
        """Its gradient."""
        raise NotImplementedError

    def hessian(self, us) -> list:
        """Its Hessian times a vector."""
        raise NotImplementedError


class Quadratic(Problem):
    """One leaf (6,), with eigenvalues from 1 to 32."""

    def noise(self, t, k, xp=np):
        return 0.3 * xp.sin(1.3 * t * (np.arange(6) + 1) + self.seed)

    def height(self, xs):
        A, c = self.data
        return (xs[0] - c) @ A @ (xs[0] - c) / 2

    def slope(self, xs):
        A, c = self.data
        return [A @ (xs[0] - c)]

    def hessian(self, us):
        return [self.data[0] @ us[0]]


class Matrices(Problem):
    """Three leaves: W (6, 4), M (3, 5) and b (4,)."""

    def _errors(self, xs):
        X, Y, Z, T = self.data
        W, M, b = xs
        return X @ W + b - Y, Z @ M - T

    def height(self, xs):
        E, F = self._errors(xs)
        return (E * E).sum() / 16 + (F * F).sum() / 14

    def slope(self, xs):
        X, _, Z, _ = self.data
        E, F = self._errors(xs)
        return [X.T @ E / 8, Z.T @ F / 7, E.sum(0) / 8]

    def hessian(self, us):
        X, _, Z, _ = self.data
        V, U, a = us
        D = X @ V + a
        return [X.T @ D / 8, Z.T @ Z @ U / 7, D.sum(0) / 8]


class Linear(Problem):
    """One matrix: half the mean over rows of the squared rows of X W - Y."""

    def height(self, xs):
        X, Y = self.data
        E = X @ xs[0] - Y
        return (E * E).sum() / (2 * len(X))

    def slope(self, xs):
        X, Y = self.data
        return [X.T @ (X @ xs[0] - Y) / len(X)]

    def hessian(self, us):
        X, _ = self.data
        return [X.T @ X @ us[0] / len(X)]


def quadratic(seed):
    draw = np.random.default_rng(seed).standard_normal
    Q = np.linalg.qr(draw((6, 6)))[0]
    c, start = draw(6), 2 * draw(6)
    return Quadratic(seed, [start], (Q @ np.diag(10 ** (0.3 * np.arange(6))) @ Q.T, c))


def matrices(seed):
    draw = np.random.default_rng(seed).standard_normal
    data = draw((8, 6)), draw((8, 4)), draw((7, 3)), draw((7, 5))
    return Matrices(seed, [draw((6, 4)), draw((3, 5)), draw(4)], data)


def one_matrix(seed):
    whole = matrices(seed)
    return Linear(seed, whole.start[:1], whole.data[:2])


def square(seed):
    draw = np.random.default_rng(seed).standard_normal
    data = draw((9, 5)), draw((9, 5))
    return Linear(seed, [draw((5, 5))], data)


PROBLEMS = {p.__name__: p for p in (quadratic, matrices, one_matrix, square)}


@functools.cache
def problem(text):
    """The problem that a text such as `matrices(seed=1)` names."""
    name, _, seed = text.rstrip(")").partition("(seed=")
    return PROBLEMS[name](int(seed))

"""The claim that critical points in high dimension are mostly saddles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import enable_x64

from ...studies.statistics import share
from .claim import Claim, Measured
from .experiment import curves

Slopes = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From points (n, dim) to gradients (n, dim) and Hessians (n, dim, dim)."""

WAVES = 30
"""In every field; fewer would leave directions in which it does not vary."""


def saddles(
    fields: int = 8,
    places: int = 300,
    dims: Sequence[int] = (1, 2, 3, 4, 6, 8),
    hidden: Sequence[int] = (1, 3),
) -> Measured:
    """The share of minima among the critical points of random fields, and of tanh networks."""
    counts = {dim: np.zeros(3, int) for dim in dims}
    for dim in dims:
        for seed in range(fields):
            counts[dim] += kinds_of_a_field(dim, seed, places)
    minima = {dim: share(np.arange(sum(n)) < n[0]) for dim, n in counts.items()}
    saddle = {dim: n[1] / n.sum() for dim, n in counts.items()}
    nets = [kinds_of_a_network(units, places) for units in hidden]
    largest = nets[-1]
    figures = {
        "minima_at_1": minima[dims[0]].value,
        **minima[dims[-1]].named("minima_at_8"),
        "saddles_at_8": float(saddle[dims[-1]]),
        "points_at_8": int(counts[dims[-1]].sum()),
        "network_points": int(largest.sum()),
        "small_network_minima": float(nets[0][0] / nets[0].sum()),
        **share(np.arange(largest.sum()) < largest[0]).named("network_minima"),
        "network_saddles": float(largest[1] / largest.sum()),
    }
    chart = curves(
        "Critical points of random trigonometric fields",
        {"dimension": np.array(dims)},
        {
            "minima": [minima[dim].value for dim in dims],
            "saddles": [saddle[dim] for dim in dims],
            "(1/2)^dimension": [0.5**dim for dim in dims],
        },
        "share of the critical points",
    )
    return Measured(figures, chart)


def kinds_of_a_field(dim: int, seed: int, places: int) -> np.ndarray:
    """How many minima, saddles and maxima are found of Σ aᵢ cos(wᵢ·x + pᵢ), all w whole numbers.

    So the field repeats itself every turn of each coordinate, and has no border.
    """
    draws = np.random.default_rng((dim, seed))
    waves = draws.integers(-2, 3, (WAVES, dim)).astype(float)
    size, phase = draws.normal(size=WAVES), draws.uniform(0, 2 * np.pi, WAVES)

    def slopes(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        angle = x @ waves.T + phase
        bent = np.einsum("nk,ki,kj->nij", -size * np.cos(angle), waves, waves, optimize=True)
        return -(size * np.sin(angle)) @ waves, bent

    found = search(slopes, draws.uniform(0, 2 * np.pi, (places, dim)))
    # the same place a turn farther on is the same point
    return kinds(slopes, distinct(np.column_stack([np.cos(found), np.sin(found)]), found))


def kinds_of_a_network(hidden: int, places: int, pull: float = 0.003) -> np.ndarray:
    """Likewise of the loss of a tanh network that learns the exclusive or, weights held by a pull.

    Without the pull no critical point of it would stand alone.
    """
    inputs = jnp.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    targets = jnp.array([-1.0, 1.0, 1.0, -1.0])

    def loss(p: Any) -> Any:
        weights, (bias, out) = p[: 2 * hidden].reshape(2, hidden), p[2 * hidden : -1].reshape(2, -1)
        error = jnp.tanh(inputs @ weights + bias) @ out + p[-1] - targets
        return jnp.mean(error**2) + pull * jnp.sum(p**2)

    both = jax.jit(jax.vmap(lambda p: (jax.grad(loss)(p), jax.hessian(loss)(p))))

    def slopes(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with enable_x64(True):
            padded = np.zeros((places, x.shape[1]))  # one shape, compiled once
            padded[: len(x)] = x
            g, bent = both(padded)
        return np.asarray(g)[: len(x)], np.asarray(bent)[: len(x)]

    begin = np.random.default_rng(hidden).uniform(-3, 3, (places, 4 * hidden + 1))
    found = search(slopes, begin)
    return kinds(slopes, distinct(found, found))


def search(slopes: Slopes, points: np.ndarray, iterations: int = 100) -> np.ndarray:
    """The places without slope that damped Newton steps on |gradient|²/2 lead to."""
    eye, damping = np.eye(points.shape[1]), np.full(len(points), 1e-2)
    g, bent = slopes(points)
    steepest = np.linalg.norm(g, axis=1).max()
    for _ in range(iterations):
        square = bent @ bent
        shift = (damping * np.trace(square, axis1=1, axis2=2) / len(eye) + 1e-300)[:, None, None]
        step = np.linalg.solve(square + shift * eye, bent @ g[..., None])[..., 0]
        g_there, bent_there = slopes(points - step)
        better = (g_there**2).sum(1) < (g**2).sum(1)
        damping = np.clip(np.where(better, damping / 8, damping * 4), 1e-15, 1e9)
        points = np.where(better[:, None], points - step, points)
        g = np.where(better[:, None], g_there, g)
        bent = np.where(better[:, None, None], bent_there, bent)
    return points[np.linalg.norm(g, axis=1) <= 1e-8 * steepest]


def distinct(marks: np.ndarray, points: np.ndarray, apart: float = 1e-4) -> np.ndarray:
    """One of the points for each mark that is not within `apart` of an earlier one."""
    kept: list[int] = []
    for i, mark in enumerate(marks):
        if not kept or np.linalg.norm(marks[kept] - mark, axis=1).min() > apart:
            kept.append(i)
    return points[kept]


def kinds(slopes: Slopes, points: np.ndarray) -> np.ndarray:
    """How many of the points are minima, saddles and maxima."""
    below = (np.linalg.eigvalsh(slopes(points)[1]) < 0).sum(1)
    dim = points.shape[1]
    return np.array([(below == 0).sum(), ((below > 0) & (below < dim)).sum(), (below == dim).sum()])


CLAIMS = (
    Claim(
        id="C44",
        sentence="In high dimension a critical point is a saddle far more often than a minimum.",
        articles=("lecture",),
        experiment="eight random trigonometric fields of 30 waves in each of 1 to 8 dimensions, "
        "and the losses of tanh networks with 1 and 3 hidden units that learn the exclusive or (5 "
        "and 13 weights, with a small pull to 0): the critical points that searches from 300 "
        "random places find, told apart by the eigenvalues of their Hessians. Far more often means "
        "ten saddles for a minimum, in the fields of 8 dimensions and in the larger network. In "
        "part: in one of the two.",
        measure=saddles,
        holds="saddles_at_8 >= 10 * minima_at_8_high "
        "and network_saddles >= 10 * network_minima_high",
        in_part="saddles_at_8 >= 10 * minima_at_8_high "
        "or network_saddles >= 10 * network_minima_high",
    ),
)

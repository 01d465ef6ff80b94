"""Critical points of a landscape, found from many places at once and told apart by curvature."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import enable_x64

from ... import cache
from ...descent.objective import Objective, as_objective, current
from ...errors import SlalomError
from ...jax import compiled_for
from ...landscapes import CriticalPoint, Landscape

if TYPE_CHECKING:
    from scipy.spatial import KDTree

SIDES = {1: (1001, 4001), 2: (31, 81, 201, 401), 3: (11, 21), 4: (7, 11)}
"""Lattices to search from, points along each axis: the next where the one before found more
than its predecessor. In more dimensions there are `PLACES` at random."""
PLACES = 4096
CHUNK = 1024  # points at a time, so that every search compiles once
ROUGH, FINE = 20, 60  # iterations: from every place, and of those that came to different points
FLAT = 1e-9  # of the steepest slope at the places: a smaller slope is none
CURVED = 1e-6  # of the largest curvature at the places: a smaller eigenvalue is 0
APART = 1e-5  # of the domain's diagonal: points nearer to each other are one


def critical_points(landscape: Landscape) -> tuple[CriticalPoint, ...]:
    """The points of the domain where the gradient is 0, lowest first.

    Searches by damped Newton steps on `|grad|² / 2` (Levenberg and Marquardt's), from a lattice
    over the domain, so that saddles and maxima are found as well as minima. A point where the
    function has a kink instead of a slope is not found.

    Raises:
        SlalomError: the landscape has more than 64 dimensions.
    """
    if landscape.dim > 64:
        raise SlalomError(f"{landscape.name} has {landscape.dim} dimensions; 64 are the most")
    with enable_x64(True):
        cache.switch_on()
        goal = current(as_objective(landscape), np.zeros(landscape.dim))
        found = np.empty((0, landscape.dim))
        for places in _lattices(landscape):
            before, found = len(found), _merged(landscape, found, _search(landscape, goal, places))
            if len(found) == before:
                break
        return _classified(landscape, goal, found)


def _lattices(landscape: Landscape) -> Iterator[np.ndarray]:
    lows, highs = np.transpose(landscape.domain)
    if landscape.dim not in SIDES:
        yield lows + (highs - lows) * np.random.default_rng(0).random((PLACES, landscape.dim))
        return
    for side in SIDES[landscape.dim]:
        axes = [np.linspace(low, high, side) for low, high in landscape.domain]
        yield np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, landscape.dim)


def _search(landscape: Landscape, goal: Objective, places: np.ndarray) -> np.ndarray:
    """The points of the domain without slope that the search from these places comes to."""
    lows, highs = np.transpose(landscape.domain)
    edge = 1e-9 * (highs - lows)
    diagonal = float(np.linalg.norm(highs - lows))
    level = FLAT * _steepest(goal, places)
    found = _distinct(_chunkwise(_moved, goal, places, ROUGH), 1e-3 * diagonal)
    found = _chunkwise(_moved, goal, found, FINE)
    slopes = _chunkwise(_slopes, goal, found)
    inside = ((found >= lows - edge) & (found <= highs + edge)).all(-1)
    return found[inside & (slopes <= level)]


def _merged(landscape: Landscape, known: np.ndarray, found: np.ndarray) -> np.ndarray:
    diagonal = float(np.linalg.norm(np.subtract(*np.transpose(landscape.domain))))
    return _distinct(np.concatenate([known, found]), APART * diagonal)


def _steepest(goal: Objective, places: np.ndarray) -> float:
    slopes = _chunkwise(_slopes, goal, places)
    return float(slopes[np.isfinite(slopes)].max(initial=0.0))


def _chunkwise(jitted: Any, goal: Objective, points: np.ndarray, *more: Any) -> np.ndarray:
    """The call over all points; what fills up the last chunk is dropped again."""
    chunks, dim = max(1, math.ceil(len(points) / CHUNK)), points.shape[-1]
    padded = np.zeros((chunks, CHUNK, dim))
    padded.reshape(-1, dim)[: len(points)] = points
    call = compiled_for(jitted, goal)
    found = [np.asarray(call(goal, chunk, *more)) for chunk in padded]
    return np.concatenate(found)[: len(points)]


@jax.jit
def _slopes(goal: Objective, points: Any) -> Any:
    return jnp.linalg.norm(jax.vmap(jax.grad(goal.value))(points), axis=-1)


@jax.jit
def _curvatures(goal: Objective, points: Any) -> Any:
    return jnp.linalg.eigvalsh(jax.vmap(jax.hessian(goal.value))(points))


@jax.jit
def _moved(goal: Objective, places: Any, iterations: Any) -> Any:
    """Where so many steps from each place lead."""
    slope, curvature = jax.grad(goal.value), jax.hessian(goal.value)
    dim = places.shape[-1]
    identity = jnp.eye(dim)

    def search(x: Any) -> Any:
        def body(_: Any, state: tuple[Any, Any]) -> tuple[Any, Any]:
            x, damping = state
            g, H = slope(x), curvature(x)
            square = H @ H
            shift = damping * jnp.trace(square) / dim + 1e-300
            moved = x - jnp.linalg.solve(square + shift * identity, H @ g)
            better = jnp.sum(slope(moved) ** 2) < jnp.sum(g**2)  # not where either is NaN
            damping = jnp.where(better, damping / 8, damping * 4)
            return jnp.where(better, moved, x), jnp.clip(damping, 1e-18, 1e9)

        return jax.lax.fori_loop(0, iterations, body, (x, jnp.asarray(1e-3)))[0]

    return jax.vmap(search)(places)


def _distinct(points: np.ndarray, apart: float) -> np.ndarray:
    """One of each group of points that lie within `apart` of each other."""
    points = points[np.isfinite(points).all(-1)]
    _, first = np.unique(np.round(points / apart), axis=0, return_index=True)
    points = points[np.sort(first)]
    if not len(points):
        return points
    near = nearby(points).query_pairs(apart, output_type="ndarray")
    return np.delete(points, np.unique(near[:, 1]), axis=0)  # the later of each pair


def _classified(
    landscape: Landscape, goal: Objective, points: np.ndarray
) -> tuple[CriticalPoint, ...]:
    if not len(points):
        return ()
    scale = np.abs(_chunkwise(_curvatures, goal, next(_lattices(landscape))))
    least = CURVED * scale[np.isfinite(scale)].max(initial=0.0)
    eigenvalues = _chunkwise(_curvatures, goal, points)
    heights = np.asarray(landscape(points))
    found = [
        CriticalPoint(tuple(point.tolist()), kind_of(own, least), float(height))
        for point, own, height in zip(points, eigenvalues, heights, strict=True)
        if np.abs(own).max() > least or len(points) == 1  # else one place of a plateau
    ]
    return tuple(sorted(found, key=lambda point: (point.value, point.position)))


def kind_of(eigenvalues: np.ndarray, least: float) -> Any:
    """The kind of a critical point by its Hessian's eigenvalues; below `least` they count as 0."""
    if (np.abs(eigenvalues) <= least).any():
        return "degenerate"
    if (eigenvalues > 0).all():
        return "minimum"
    return "maximum" if (eigenvalues < 0).all() else "saddle"


def nearby(points: np.ndarray) -> KDTree:
    """The points, to be asked which of them are near."""
    from scipy.spatial import KDTree  # slow to load, and of no use to a race

    return KDTree(points)

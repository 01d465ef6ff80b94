"""Walking: an optimizer on its own way through an arena, or step by step along another's.

Two optimizers that differ by rounding alone may end far from each other, where the function
amplifies what is small. So whether they differ is judged along one way: before each step the
second is placed where the first stood, with its own memory, and asks and steps from there.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .arenas import Arena, Arrays
from .sides import Evaluations, Known, Side

STEPS_SHARE = 1e-12  # of the longest step so far
PLACE_SHARE = 4 * np.finfo(np.float64).eps  # of the place itself


@dataclass(frozen=True, eq=False)
class Walk:
    """A way through an arena, step 0 being the start; it ends where it is no longer finite.

    Attributes:
        arena: where.
        places: where the optimizer stood.
        points: the points to judge there.
        known: for each step from 1 on, the points asked at and the gradients there.
    """

    arena: Arena
    places: list[Arrays]
    points: list[Arrays]
    known: list[Known]

    @functools.cached_property
    def judged(self) -> np.ndarray:
        """The points to judge as vectors, shape (steps + 1, size)."""
        return np.array([_flat(xs) for xs in self.points])

    @property
    def extent(self) -> np.ndarray:
        """How far each point is from the first."""
        with np.errstate(all="ignore"):
            return _norms(self.judged - self.judged[0])

    @functools.cached_property
    def rounding(self) -> np.ndarray:
        """Below this, at each step, two optimizers on this way differ by rounding only."""
        places = np.array([_flat(xs) for xs in self.places])
        with np.errstate(all="ignore"):
            steps = _norms(np.diff(places, axis=0, prepend=places[:1]))
        far = _norms(places)
        longest = np.maximum.accumulate(np.where(np.isfinite(steps), steps, 0.0))
        return STEPS_SHARE * longest + PLACE_SHARE * np.where(np.isfinite(far), far, 0.0)


def walk(side: Side, arena: Arena) -> Walk:
    """An optimizer on its own way."""
    side.begin(arena.start)
    places, points = [side.xs], [side.judged]
    known: list[Known] = []
    for t in range(1, arena.steps + 1):
        asked = Evaluations(arena, side.xs, t)
        side.step(asked)
        known.append(asked.known)
        places.append(side.xs)
        points.append(side.judged)
        if not np.isfinite(_flat([*places[-1], *points[-1]])).all():
            break
    return Walk(arena, places, points, known)


def follow(side: Side, way: Walk) -> Iterator[np.ndarray]:
    """An optimizer along another's way: yields the point to judge after each step."""
    side.begin(way.places[0])
    for t, seen in enumerate(way.known, start=1):
        side.place(way.places[t - 1])
        side.step(Evaluations(way.arena, side.xs, t, list(seen)))
        yield _flat(side.judged)


def _flat(xs: Arrays) -> np.ndarray:
    """All leaves as one vector."""
    return np.concatenate([x.ravel() for x in xs])


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How far apart two rows of points are: infinite where one alone is finite, else NaN."""
    finite = [np.isfinite(points).all(axis=1) for points in (a, b)]
    with np.errstate(all="ignore"):
        apart = _norms(a - b)
    apart = np.where(finite[0] & finite[1], apart, np.nan)
    return np.where(finite[0] ^ finite[1], np.inf, apart)


def _norms(rows: np.ndarray) -> np.ndarray:
    """The length of each row; infinite where it is too large for a number."""
    with np.errstate(all="ignore"):
        return np.linalg.norm(rows, axis=1)

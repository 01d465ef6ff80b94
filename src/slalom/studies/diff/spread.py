"""How far rounding alone takes a rule from its own way, where a function makes it grow."""

from __future__ import annotations

import jax
import numpy as np

from ...descent.copies import errors
from ...descent.rounding import norms
from ...jax import compiled_for
from ...rules import Rule
from .walks import Walk

FACTOR = 30.0
"""Times the spread: so far apart two free runs may be by rounding, which differs from one library
to the next by some units in the last place at each step, and grows in both."""


def spread(rule: Rule, way: Walk) -> np.ndarray:
    """How far copies of a rule, rounded at random, are from its way, at each step of that."""
    arena = way.arena
    numbers = jax.tree.map(np.float64, rule)
    path = [np.stack(leaf) for leaf in zip(*way.points, strict=True)]
    start, position = (found[0] if len(found) == 1 else found for found in (arena.start, path))
    draws = arena.objective.stochastic or "key" in rule.needs
    key = jax.random.key(arena.seed) if draws else None
    given = (numbers, arena.objective, start, key, np.uint32(arena.seed), position)
    found = compiled_for(errors, rule, arena.objective)(*given, arena.losses(way.points))
    return norms(np.asarray(found)[:, :-1])


def explains(spread: np.ndarray, distance: np.ndarray) -> bool:
    """Whether the spread explains how far apart two free runs are at every step."""
    known = np.isfinite(distance) & np.isfinite(spread)
    farthest = np.maximum.accumulate(np.where(np.isfinite(spread), spread, 0.0))
    return bool(known.any() and (distance[known] <= FACTOR * farthest[known]).all())

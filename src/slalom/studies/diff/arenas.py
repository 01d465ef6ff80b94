"""Where two rules are compared: on a landscape, on a signal, and on a small network."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...descent.objective import Function, Moment, Objective, OnLandscape
from ...jax import JaxDraws
from ...landscapes import Landscape
from ..response import OnSignal

Leaves = list[np.ndarray]

POINTS, HIDDEN = 96, 16  # points on each spiral; units of the hidden layer
NETWORK = f"two spirals, a 2-{HIDDEN}-1 network"
NETWORK_STEPS = 100


@dataclass(frozen=True, eq=False)
class Arena:
    """A function to descend on, from a start, for a number of steps.

    Attributes:
        name: for people.
        objective: gives the gradients; a signal's do not depend on the place.
        start: one float64 array for each leaf of the parameters.
        steps: how many, at least 1.
        seed: of the draws, where the objective or a rule makes any.
    """

    name: str
    objective: Objective
    start: Leaves
    steps: int
    seed: int

    def gradient(self, points: Leaves, xs: Leaves, t: int) -> Leaves:
        """The gradient at `points`, of a rule that stands at `xs` and takes step `t`."""
        key = self._key if self.objective.stochastic else None
        gs = _gradient(self.objective, _tree(points), _tree(xs), t, key)
        return [np.asarray(g) for g in jax.tree.leaves(gs)]

    def losses(self, path: Sequence[Leaves]) -> np.ndarray:
        """The loss at every point of a path; NaN where there is none, as on a signal."""
        if isinstance(self.objective, OnSignal):
            return np.full(len(path), np.nan)
        points = [np.stack(leaf) for leaf in zip(*path, strict=True)]
        return np.asarray(_losses(self.objective, _tree(points)))

    def defined(self, xs: Leaves) -> bool:
        """Whether the objective is defined at `xs`."""
        return bool(np.all(self.objective.defined(_tree(xs))))

    def needed(self, need: str, xs: Leaves, t: int) -> Any:
        """What a rule needs beyond the gradient, as in the one loop."""
        if need == "key":
            return JaxDraws(self._key).at(t).split()[1]
        if need == "loss":
            return self.objective.value(_tree(xs))
        return self.objective.value_and_gradient

    @functools.cached_property
    def _key(self) -> Any:
        return jax.random.key(self.seed)


def _tree(leaves: Leaves) -> Any:
    """What an objective takes: an array where there is one leaf, else the list of them."""
    return leaves[0] if len(leaves) == 1 else leaves


@jax.jit
def _gradient(objective: Objective, point: Any, x: Any, t: Any, key: Any) -> Any:
    draws = None if key is None else JaxDraws(key).at(t).split()[0]
    return objective.gradient(point, Moment(x, t, draws))


@jax.jit
def _losses(objective: Objective, path: Any) -> Any:
    return jax.vmap(objective.value)(path)


def arenas(
    ground: Landscape, signal: tuple[str, np.ndarray], steps: int | None, seed: int
) -> dict[str, Arena]:
    """The three of them, each with its own number of steps unless one is given."""
    name, gradients = signal
    begin = [np.asarray(ground.start, dtype=np.float64)]
    network = Function(_network_loss)
    return {
        "landscape": Arena(ground.name, OnLandscape(ground), begin, steps or ground.steps, seed),
        "signal": Arena(name, OnSignal(gradients), [np.zeros(1)], len(gradients), seed),
        "network": Arena(NETWORK, network, _weights(), steps or NETWORK_STEPS, seed),
    }


def _weights() -> Leaves:
    """The weights and biases of both layers before the first step; always the same ones."""
    rng = np.random.default_rng(0)
    return [
        rng.normal(size=(2, HIDDEN)),
        np.zeros(HIDDEN),
        rng.normal(size=(HIDDEN, 1)) / np.sqrt(HIDDEN),
        np.zeros(1),
    ]


@functools.cache
def _spirals() -> tuple[np.ndarray, np.ndarray]:
    """Points near two spirals that wind around each other, and which of the two, 1 or -1.

    The noise breaks the symmetry, in which biases would have gradients of rounding alone.

    Source: the benchmark of Lang & Witbrock, "Learning to tell two spirals apart", 1988.
    """
    turn = np.linspace(0.25, 2.0, POINTS)[:, None] * np.pi
    arm = turn / np.pi * np.hstack([np.cos(turn), np.sin(turn)])
    points = np.vstack([arm, -arm])
    noise = np.random.default_rng(1).normal(scale=0.05, size=points.shape)
    return points + noise, np.repeat([1.0, -1.0], POINTS)


def _network_loss(weights: Any) -> Any:
    """The mean logistic loss of a network with one hidden layer of tanh units."""
    inner, bias, outer, shift = weights
    points, sides = _spirals()
    scores = jnp.tanh(points @ inner + bias) @ outer + shift
    return jnp.mean(jax.nn.softplus(-sides * scores[:, 0]))

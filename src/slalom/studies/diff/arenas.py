"""Where two rules are compared: on a landscape, on a signal, and on a small network."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...descent.objective import Function, Moment, Objective, OnLandscape, current
from ...jax import JaxDraws, compiled_for, leaves_of
from ...landscapes import Landscape
from ...rules.rule import Leaf
from ..response import OnSignal

Arrays = list[np.ndarray]

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
    start: Arrays
    steps: int
    seed: int

    @functools.cached_property
    def leaf(self) -> list[Leaf]:
        """What is known of each leaf beside its numbers."""
        return leaves_of(_tree(self.start))[1]

    def gradient(self, points: Arrays, xs: Arrays, t: int) -> Arrays:
        """The gradient at `points`, of a rule that stands at `xs` and takes step `t`."""
        run = self._compiled(_gradient)
        return _arrays(run(self.objective, _tree(points), _tree(xs), t, self._noise))

    def product(self, us: Arrays, xs: Arrays, t: int) -> Arrays:
        """The Hessian at `xs` times `us`, of the function whose gradient step `t` gets."""
        run = self._compiled(_product)
        return _arrays(run(self.objective, _tree(us), _tree(xs), t, self._noise))

    def loss(self, points: Arrays, xs: Arrays, t: int) -> np.ndarray:
        """The loss at `points`, of the function whose gradient step `t` gets at `xs`."""
        run = self._compiled(_loss)
        return np.asarray(run(self.objective, _tree(points), _tree(xs), t, self._noise))

    def draws(self, t: int) -> NumpyOfJax:
        """The draws of a rule in step `t`, as in the one loop."""
        return NumpyOfJax(JaxDraws(self._key).at(t).split()[1])

    def losses(self, path: Sequence[Arrays]) -> np.ndarray:
        """The loss at every point of a path; NaN where there is none, as on a signal."""
        if not self.objective.has_loss:
            return np.full(len(path), np.nan)
        points = [np.stack(leaf) for leaf in zip(*path, strict=True)]
        return np.asarray(self._compiled(_losses)(self.objective, _tree(points)))

    def defined(self, xs: Arrays) -> bool:
        """Whether the objective is defined at `xs`."""
        return bool(np.all(self.objective.defined(_tree(xs))))

    @functools.cached_property
    def _compiled(self) -> Callable[[Any], Callable[..., Any]]:
        return functools.cache(lambda jitted: compiled_for(jitted, self.objective))

    @functools.cached_property
    def _key(self) -> Any:
        return jax.random.key(self.seed)

    @property
    def _noise(self) -> Any:
        return self._key if self.objective.stochastic else None


class NumpyOfJax(NamedTuple):
    """The draws of a JAX key as NumPy arrays."""

    source: JaxDraws

    def split(self) -> tuple[NumpyOfJax, NumpyOfJax]:
        """Two sources whose draws are independent of each other."""
        first, second = self.source.split()
        return NumpyOfJax(first), NumpyOfJax(second)

    def normal(self, like: np.ndarray) -> np.ndarray:
        """Draws of N(0, 1) with the shape and dtype of `like`."""
        return np.asarray(self.source.normal(like))

    def signs(self, like: np.ndarray) -> np.ndarray:
        """Draws of -1 and 1, equally likely, with the shape and dtype of `like`."""
        return np.asarray(self.source.signs(like))


def _tree(leaves: Arrays) -> Any:
    """What an objective takes: an array where there is one leaf, else the list of them."""
    return leaves[0] if len(leaves) == 1 else leaves


def _arrays(tree: Any) -> Arrays:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]


def _moment(x: Any, t: Any, key: Any) -> Moment:
    return Moment(x, t, None if key is None else JaxDraws(key).at(t).split()[0])


@jax.jit
def _gradient(objective: Objective, point: Any, x: Any, t: Any, key: Any) -> Any:
    return objective.gradient(point, _moment(x, t, key))


@jax.jit
def _product(objective: Objective, u: Any, x: Any, t: Any, key: Any) -> Any:
    moment = _moment(x, t, key)
    return jax.jvp(lambda point: objective.gradient(point, moment), (x,), (u,))[1]


@jax.jit
def _loss(objective: Objective, point: Any, x: Any, t: Any, key: Any) -> Any:
    return objective.loss(point, _moment(x, t, key))


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
    goal = current(OnLandscape(ground), begin[0])
    return {
        "landscape": Arena(ground.name, goal, begin, steps or ground.steps, seed),
        "signal": Arena(name, OnSignal(gradients), [np.zeros(1)], len(gradients), seed),
        "network": Arena(NETWORK, network, _weights(), steps or NETWORK_STEPS, seed),
    }


def _weights() -> Arrays:
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

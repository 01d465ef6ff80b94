"""Seven rules with every rate on many landscapes: run once, shared by the claims on tuning."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ... import landscapes
from ...descent import descend
from ...descent.objective import Fed
from ...landscapes import Landscape
from ...rules import Adadelta, Adagrad, Adam, Momentum, Nesterov, RMSProp, Rule
from .experiment import LANDSCAPES, scattered

RULES: Mapping[str, Callable[[Any], Rule]] = {
    # descent as momentum 0, so that both run in the same compiled loop
    "gradient_descent": lambda lr: Momentum(lr, 0.0 * lr),
    "momentum": lambda lr: Momentum(lr, 0.9 + 0.0 * lr),
    "nesterov": Nesterov,
    "adagrad": Adagrad,
    "rmsprop": RMSProp,
    "adadelta": Adadelta,
    "adam": Adam,
}
"""The rules that the articles compare, each at its defaults but for the rate."""

RATES = np.logspace(-6, 3, 13)
STEPS = 125
FAR = 1e6
FAILED = 1.0


def grounds(names: Sequence[str]) -> tuple[Landscape, ...]:
    """The landscapes of these names."""
    return tuple(landscapes.find(name) for name in names)


@functools.partial(
    jax.tree_util.register_dataclass, data_fields=(), meta_fields=("places", "stochastic")
)
@dataclass(frozen=True)
class SideBySide(Fed):
    """Many landscapes as one objective: a position of shape (places, 2) has one point on each.

    A rule that treats each component by itself runs on each as if it were alone, and is
    compiled once for all of them. A landscape of one dimension leaves its second component as
    it is. Where there is no finite gradient, and farther out than `FAR`, it is 0: what ran
    away on one landscape stays there, and does not spoil the others. There is no loss, as the
    ends are judged afterwards: 0.
    """

    places: tuple[Landscape, ...]
    stochastic: bool = True

    @classmethod
    def noisy(cls, names: Sequence[str], noise: float = 1.0) -> SideBySide:
        """Landscapes of two dimensions with N(0, noise²) on every component of the gradient."""
        return cls(tuple(dataclasses.replace(ground, noise=noise) for ground in grounds(names)))

    def losses(self, position: np.ndarray) -> np.ndarray:
        """The height of each landscape at its own point; positions (…, places, 2)."""
        return np.stack([g(position[..., i, : g.dim]) for i, g in enumerate(self.places)], axis=-1)

    def gradient(self, point: Any, moment: Any) -> Any:
        """The gradient of each landscape at its own point, with its noise if it has any.

        Noise is drawn for every point that is asked about, as from a batch of its own.
        """
        slopes = [
            jnp.pad(jax.grad(ground.value)(point[i, : ground.dim]), (0, 2 - ground.dim))
            for i, ground in enumerate(self.places)
        ]
        noise = np.array([[ground.noise] for ground in self.places])
        bits = jnp.sum(jax.lax.bitcast_convert_type(point, jnp.uint32), dtype=jnp.uint32)
        g = jnp.stack(slopes) + noise * moment.draws.at(bits).normal(point)
        return jnp.where(jnp.isfinite(g) & (jnp.abs(point) < FAR), g, 0)


@dataclass(frozen=True, eq=False)
class Search:
    """What every rule did with every rate from every start.

    Attributes:
        grounds: the landscapes.
        rates: the learning rates, shape (rates,).
        ends: the last position by rule, shape (landscapes, rates, starts, 2).
        left: by rule, shape (landscapes, rates, starts): the share of the height above the
            lowest minimum at the start that is left at the end, at most 1; a run that failed,
            or that ended outside the domain, has `FAILED` to get any lower.
    """

    grounds: tuple[Landscape, ...]
    rates: np.ndarray
    ends: Mapping[str, np.ndarray]
    left: Mapping[str, np.ndarray]

    def means(self, name: str) -> np.ndarray:
        """What is left on average over the starts, shape (landscapes, rates)."""
        return self.left[name].mean(-1)

    def tuned(self, name: str) -> np.ndarray:
        """What is left with the best rate on each landscape, shape (landscapes, starts)."""
        best = self.means(name).argmin(-1)
        return self.left[name][np.arange(len(best)), best]


@functools.cache
def search(
    starts: int = 100, names: tuple[str, ...] = LANDSCAPES, *, gridded: bool = False
) -> Search:
    """Each rule with 13 rates from the same starts: random, or on a square grid of the domain."""
    fields, place = grounds(names), on_a_grid if gridded else scattered
    return _run(fields, RATES, [place(ground, starts) for ground in fields])


@functools.cache
def sweep(rates: int = 52, starts: int = 25, names: tuple[str, ...] = LANDSCAPES) -> Search:
    """Each rule with many rates from 1e-6 to 1e4; at full size in the loops of `search`."""
    fields, fine = grounds(names), np.logspace(-6, 4, rates)
    return _run(fields, fine, [scattered(ground, starts) for ground in fields])


def on_a_grid(ground: Landscape, count: int) -> np.ndarray:
    """The middles of a square grid of cells over the domain, shape (count, dim)."""
    side = math.isqrt(count) if ground.dim == 2 else count
    axes = [low + (high - low) * (np.arange(side) + 0.5) / side for low, high in ground.domain]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, ground.dim)


def _run(fields: tuple[Landscape, ...], rates: np.ndarray, begin: list[np.ndarray]) -> Search:
    starts = len(begin[0])
    x = np.stack([np.pad(b, ((0, 0), (0, 2 - b.shape[1]))) for b in begin], axis=1)
    lanes = np.tile(x, (len(rates), 1, 1))
    ends, left = {}, {}
    for name, make in RULES.items():
        rule = make(np.repeat(rates, starts))
        run = descend(rule, SideBySide(fields), starts=lanes, steps=STEPS, path=False)
        ends[name] = np.moveaxis(run.position.reshape(len(rates), starts, len(fields), 2), 2, 0)
        left[name] = np.stack(
            [
                _left(ground, own, end[..., : ground.dim])
                for ground, own, end in zip(fields, begin, ends[name], strict=True)
            ]
        )
    return Search(fields, rates, ends, left)


def _left(ground: Landscape, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    lows, highs = np.transpose(ground.domain)
    least = min(minimum.value for minimum in ground.minima)
    with np.errstate(all="ignore"):
        share = (ground(end) - least) / (ground(begin) - least)
    inside = ((end >= lows) & (end <= highs)).all(-1) & np.isfinite(share)
    return np.where(inside, np.clip(share, 0, FAILED), FAILED)

"""Basins: from which starts a rule ends in which minimum, and how soon."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import xarray as xr
from jax import enable_x64

from ... import cache
from ...descent import basins as blocks
from ...descent.checks import check_seed, check_steps
from ...descent.many import BLOCK
from ...descent.objective import as_objective, current
from ...errors import SlalomError
from ...jax import compiled_for
from ...landscapes import Landscape
from ...rules import Rule
from ..labelled import rule_labels
from ..race import as_landscape, as_rules
from ..result import LandscapeResult
from .arguments import Progress, checked_size
from .points import critical_points, nearby

if TYPE_CHECKING:
    from scipy.spatial import KDTree

ELSEWHERE, FAILED = -1, -2
NEAR = 0.05  # of the domain's diagonal: the radius of a minimum, if others are far enough away
BYTES = 4 + 4 + 8  # of each start: place, step, loss


@dataclass(frozen=True, eq=False, repr=False)
class Basins(LandscapeResult):
    """A map of starts: where and how soon each run ends.

    Attributes:
        data: dimensions `rule`, and the landscape's axes, the second first; `place` (int32): the
            index of the minimum, -1 elsewhere, -2 failed; `step`: from which on it stayed
            there; `loss` at the end. Along `place_number` the `minimum_value` and, with `axis`,
            `minimum_position`.
    """

    kind = "basins"

    def summary(self) -> dict[str, Any]:
        """The share of starts that end in each minimum, by rule."""
        data = self.data
        across, up = (data.sizes[axis] for axis in self.landscape.axes)
        return {
            "landscape": self.landscape.name,
            "size": [across, up],
            "steps": data.attrs["steps"],
            "rules": [
                {"rule": str(label), **self._shares(data.sel(rule=label))}
                for label in data.rule.values
            ],
        }

    def _shares(self, lane: xr.Dataset) -> dict[str, Any]:
        place, step = lane.place.values, lane.step.values
        minima = [
            {
                "position": [float(v) for v in lane.minimum_position.values[number]],
                "value": float(lane.minimum_value.values[number]),
                "share": float((place == number).mean()),
                "median_step": _median(step[place == number]),
            }
            for number in range(lane.sizes["place_number"])
        ]
        best = lane.minimum_value.values <= lane.minimum_value.values.min() + 1e-9
        return {
            "global_share": float(np.isin(place, np.flatnonzero(best)).mean()),
            "minima": minima,
            "elsewhere": float((place == ELSEWHERE).mean()),
            "failed": float((place == FAILED).mean()),
        }


def basins(
    landscape: Landscape | str,
    rules: Sequence[Rule | str] | Rule | str,
    size: int = 200,
    steps: int | None = None,
    *,
    radius: float | None = None,
    seed: int = 0,
    dtype: Any = None,
    progress: Progress | None = None,
) -> Basins:
    """From which starts each rule ends in which minimum, over a lattice of starts.

    The minima are those that the landscape lists and those that are found on it.

    Args:
        landscape: of two dimensions, or its text.
        rules: rules or their texts; a text may sweep.
        size: starts along each axis, at least 2.
        steps: how many each run takes. Default: the landscape's own.
        radius: how near a minimum the end must lie to count. Default: a twentieth of the
            domain's diagonal, or 0.4 of the least distance between minima.
        seed: of the draws, where a rule or the landscape makes any.
        dtype: float32 or float64, the default.
        progress: called after every block with how many starts are done, and of how many.

    Raises:
        SlalomError: arguments that are not allowed, or a map larger than memory.
    """
    ground = as_landscape(landscape)
    if ground.dim != 2:
        raise SlalomError(f"a map of basins needs 2 dimensions, and {ground.name} has {ground.dim}")
    runners = as_rules(rules)
    steps = ground.steps if steps is None else steps
    check_steps(steps)
    check_seed(seed)
    size = checked_size(size, size * len(runners), BYTES)
    if radius is not None and not (math.isfinite(radius) and radius > 0):
        raise SlalomError(f"radius must be a number above 0, got {radius}")
    minima = _minima(ground)
    places = np.array([position for position, _ in minima])
    near = _radius(ground, places) if radius is None else radius
    shape = (len(runners), size, size)
    found = [np.empty(shape, np.int32), np.empty(shape, np.int32), np.empty(shape, np.float64)]
    axes = [np.linspace(low, high, size) for low, high in ground.domain]
    lattice = _Lattice(
        ground, axes, nearby(places), near, steps, seed, np.dtype(dtype or np.float64)
    )
    total = size * size * len(runners)
    for number, rule in enumerate(runners):
        lanes = [array[number].reshape(-1) for array in found]
        for first, block in lattice.run(rule):
            for lane, values in zip(lanes, block, strict=True):
                lane[first : first + len(values)] = values
            if progress is not None:
                progress(number * size * size + first + len(block[0]), total)
    across, up = ground.axes
    dims = ("rule", up, across)
    data = xr.Dataset(
        {name: (dims, array) for name, array in zip(("place", "step", "loss"), found, strict=True)}
        | {
            "minimum_position": (("place_number", "axis"), places),
            "minimum_value": ("place_number", [value for _, value in minima]),
        },
        {
            **rule_labels(runners),
            "axis": list(ground.axes),
            across: axes[0],
            up: axes[1],
        },
        {"landscape": ground.name, "steps": steps, "radius": near, "seed": seed},
    )
    return Basins(data, ground)


@dataclass(frozen=True)
class _Lattice:
    """Starts on a lattice, run block by block, so that memory does not grow with their number."""

    ground: Landscape
    axes: list[np.ndarray]
    tree: KDTree
    radius: float
    steps: int
    seed: int
    dtype: np.dtype

    def run(self, rule: Rule):
        """For every block the number of its first start, and its places, steps and losses."""
        total = len(self.axes[0]) * len(self.axes[1])
        size = min(BLOCK, total)
        with enable_x64(self.dtype == np.float64):
            cache.switch_on()
            goal = current(as_objective(self.ground), np.zeros(2, self.dtype))
            numbers = jax.tree.map(lambda v: np.asarray(v, self.dtype), rule)
            compiled = [compiled_for(each, rule, goal) for each in (blocks.ends, blocks.since)]
            drawn = goal.stochastic or "key" in rule.needs
            key = jax.random.key(self.seed) if drawn else None
            for first in range(0, total, size):
                # the last block is padded, so that all are of one size and compile once
                chosen = np.minimum(np.arange(first, first + size), total - 1)
                block = blocks.Block(numbers, goal, self._starts(chosen), key, chosen)
                kept = min(size, total - first)
                yield first, [values[:kept] for values in self._settled(block, *compiled)]

    def _settled(self, block: blocks.Block, ends: Callable, since: Callable) -> list[np.ndarray]:
        """Of each start: the number of its minimum, since when it was there, the loss."""
        position, loss = (np.asarray(a) for a in ends(block, steps=self.steps))
        finite = np.isfinite(position).all(0)
        distance, nearest = self.tree.query(np.where(finite, position, 0.0).T, workers=-1)
        place = np.where(finite, np.where(distance <= self.radius, nearest, ELSEWHERE), FAILED)
        goal = np.ascontiguousarray(self.tree.data[nearest].T, self.dtype)
        radius = np.asarray(self.radius, self.dtype)
        settled = np.asarray(since(block, goal, radius, steps=self.steps))
        return [place, np.minimum(settled, self.steps), loss]

    def _starts(self, chosen: np.ndarray) -> np.ndarray:
        across, up = self.axes
        row, column = np.divmod(chosen, len(across))
        return np.stack([across[column], up[row]]).astype(self.dtype)


def _minima(ground: Landscape) -> list[tuple[tuple[float, ...], float]]:
    """Positions and values of the minima, listed and found, the lowest first."""
    known = {m.position: m.value for m in ground.minima}
    diagonal = math.dist(*zip(*ground.domain, strict=True))
    for point in critical_points(ground):
        apart = all(math.dist(point.position, other) > 1e-3 * diagonal for other in known)
        if point.kind == "minimum" and apart:
            known[point.position] = point.value
    if not known:
        raise SlalomError(f"{ground.name} has no minimum in its domain, so no basins")
    return sorted(known.items(), key=lambda entry: entry[1])


def _radius(ground: Landscape, places: np.ndarray) -> float:
    widest = NEAR * math.dist(*zip(*ground.domain, strict=True))
    if len(places) < 2:
        return widest
    nearest = nearby(places).query(places, k=2)[0][:, 1]
    return float(min(widest, 0.4 * nearest.min()))


def _median(steps: np.ndarray) -> float | None:
    return float(np.median(steps)) if steps.size else None

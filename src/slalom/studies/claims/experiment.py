"""What the experiments share: sequences of gradients, grids of settings, starts, charts."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import xarray as xr

from ... import landscapes
from ...descent import descend
from ...descent.objective import Fed
from ...descent.run import Trace
from ...landscapes import Landscape
from ...rules import Rule
from ...rules.catalogue import COMPOSITIONS, RULES
from ...rules.state import mapped
from ..chart import Chart, Mark, Panel
from ..statistics import Estimate

HABR = ("wobbly", "basins_and_walls", "giant_plateau", "hills_and_canyon", "two_minimums")
"""The landscapes on which habr compares optimizers."""

OPTIMIZERS: Mapping[str, Callable[..., Any]] = {**RULES, **COMPOSITIONS}
"""Every rule of the catalogue, by its name."""

TRAPS = (("hills_and_canyon", 1), ("basins_and_walls", 5), ("local_minimum", 1))
"""Landscapes, and which of their minima is a trap: not global, and with walls around it."""


@functools.partial(jax.tree_util.register_dataclass, data_fields=("values",), meta_fields=())
@dataclass(frozen=True)
class Gradients(Fed):
    """An objective that answers with a given gradient at each step, wherever it is asked."""

    values: Any

    def gradient(self, point: Any, moment: Any) -> Any:
        """The gradient of the step."""
        return self.values[moment.t - 1]


def fed(rule: Rule, gradients: np.ndarray) -> np.ndarray:
    """What a rule subtracts at each step when it is fed `gradients`, shape (steps, …)."""
    return -np.diff(_fed(rule, gradients, False).position, axis=0)


def fed_states(rule: Rule, gradients: np.ndarray) -> Any:
    """The states that a rule goes through, each of shape (steps, …)."""
    return mapped(lambda entry: entry[1:], _fed(rule, gradients, True).states)


def _fed(rule: Rule, gradients: np.ndarray, states: bool) -> Trace:
    start = np.zeros_like(gradients[0])
    trace = descend(rule, Gradients(gradients), start, len(gradients), states=states).trace
    assert trace is not None
    return trace


def traced(rule: Rule, objective: Any, starts: np.ndarray, steps: int | None = None) -> Trace:
    """The paths of a rule from many starts."""
    trace = descend(rule, objective, starts=starts, steps=steps).trace
    assert trace is not None  # it is kept unless told otherwise
    return trace


def lanes(**axes: Any) -> dict[str, np.ndarray]:
    """Every combination of the values on some axes, as arrays of one length: runs side by side."""
    grid = np.meshgrid(*(np.asarray(values) for values in axes.values()), indexing="ij")
    return {name: values.ravel() for name, values in zip(axes, grid, strict=True)}


def scattered(landscape: Landscape, count: int, seed: int = 0) -> np.ndarray:
    """Starts drawn evenly from a landscape's domain, shape (count, dim)."""
    low, high = np.transpose(landscape.domain)
    return np.random.default_rng(seed).uniform(low, high, (count, landscape.dim))


def around(point: Any, radius: float, count: int, seed: int = 0) -> np.ndarray:
    """Starts drawn evenly from a square of half side `radius` around a point."""
    offsets = np.random.default_rng(seed).uniform(-radius, radius, (count, len(point)))
    return np.asarray(point) + offsets


def nearest(landscape: Landscape, points: np.ndarray) -> np.ndarray:
    """The number of the known minimum nearest to each point; points of shape (…, dim)."""
    minima = np.array([m.position for m in landscape.minima])
    return np.linalg.norm(points[..., None, :] - minima, axis=-1).argmin(-1)


def in_global(landscape: Landscape, points: np.ndarray) -> np.ndarray:
    """Whether each point is nearest to a global minimum, and below every other minimum.

    A point that is not finite, where a run diverged, is not.
    """
    of_all = np.array([m.is_global for m in landscape.minima])[nearest(landscape, points)]
    return of_all & (landscape(points) < second_level(landscape))


def second_level(landscape: Landscape) -> float:
    """The height of the lowest minimum that is not global."""
    return min(m.value for m in landscape.minima if not m.is_global)


def steepest(name: str) -> float:
    """The largest eigenvalue of the Hessian at the global minimum of a landscape."""
    ground = landscapes.find(name)
    place = next(m.position for m in ground.minima if m.is_global)
    with jax.enable_x64(True):
        hessian = jax.hessian(ground.value)(np.asarray(place))
    return float(np.linalg.eigvalsh(hessian).max())


def curves(
    title: str,
    x: Mapping[str, Any],
    lines: Mapping[str, Any],
    ylabel: str,
    log: str = "",
    marks: tuple[Mark, ...] = (),
    kind: Any = "line",
) -> Chart:
    """A chart of one panel: `lines` by name against the one entry of `x`, a label and values."""
    [(xlabel, at)] = x.items()
    data = xr.Dataset(
        {"value": (("curve", "at"), np.stack([np.asarray(y, float) for y in lines.values()]))},
        {"curve": list(lines), "at": np.asarray(at)},
    )
    panel = Panel(
        "value", "at", "curve", kind=kind, log=log, xlabel=xlabel, ylabel=ylabel, marks=marks
    )
    return Chart(data, title, (panel,))


def bars(
    title: str,
    found: Mapping[str, Estimate | float],
    ylabel: str,
    marks: tuple[Mark, ...] = (),
    log: str = "",
    each: str = "setting",
) -> Chart:
    """A chart of one panel: a bar for each estimate, with its interval; `each` is one of what."""
    rows = [v if isinstance(v, Estimate) else Estimate(v, v, v) for v in found.values()]
    parts = {name: (each, np.array(column)) for name, column in _columns(rows)}
    data = xr.Dataset(parts, {each: list(found)})
    panel = Panel("value", each, None, "bars", "low", "high", log, ylabel=ylabel, marks=marks)
    return Chart(data, title, (panel,))


def _columns(rows: Sequence[Estimate]) -> Any:
    return zip(Estimate._fields, itertools.zip_longest(*rows), strict=True)

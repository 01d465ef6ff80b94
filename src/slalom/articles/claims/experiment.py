"""What the experiments share: what they compare, gradients, grids of settings, starts, charts.

The lists of rules, landscapes and signals are written out: one that is added to a catalogue later
changes no published figure.
"""

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
from ...studies.chart import Chart, Mark, Panel
from ...studies.race import Race
from ...studies.statistics import Estimate

HABR = ("wobbly", "basins_and_walls", "giant_plateau", "hills_and_canyon", "two_minimums")
"""The landscapes on which habr compares optimizers."""

# fmt: off
LANDSCAPES = (
    "simple_quad", "wobbly", "basins_and_walls", "ripple", "giant_plateau", "hills_and_canyon",
    "two_minimums", "square_sum", "complex_sum", "parabola_1d", "cosine_1d", "bowl",
    "narrow_canyon", "orbit", "saddle", "local_minimum", "cliff", "quadratic", "noisy_quadratic",
    "rosenbrock", "rastrigin", "styblinski_tang", "ackley", "michalewicz", "beale", "booth",
    "himmelblau", "goldstein_price", "three_hump_camel", "six_hump_camel", "mccormick", "matyas",
    "easom", "levy_13",
)
"""Landscapes with a known minimum, of one dimension or two."""

OPTIMIZERS = (
    "gradient_descent", "momentum", "nesterov", "smoothed_nesterov", "adagrad", "rmsprop",
    "adadelta", "adam", "adamax", "adam_lp", "nadam", "sgd", "nag", "adamw", "amsgrad",
)
"""Rules, and compositions of them."""

SIGNALS = (
    "spikes", "rectangles", "noisy_sine", "very_noisy_sine", "uneven_sawtooth", "saturation",
)
"""The signals that habr feeds to rules."""
# fmt: on

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


def maker(optimizer: str) -> Callable[..., Any]:
    """What makes the optimizer of that name from its settings."""
    return RULES[optimizer] if optimizer in RULES else COMPOSITIONS[optimizer]


def steps_on(rule: Rule, gradients: np.ndarray) -> np.ndarray:
    """What a rule subtracts at each step when it is fed `gradients`, shape (steps, …)."""
    return -np.diff(_run_on(rule, gradients, False).position, axis=0)


def states_on(rule: Rule, gradients: np.ndarray) -> Any:
    """The states that a rule goes through, each of shape (steps, …)."""
    return mapped(lambda entry: entry[1:], _run_on(rule, gradients, True).states)


def _run_on(rule: Rule, gradients: np.ndarray, states: bool) -> Trace:
    start = np.zeros_like(gradients[0])
    trace = descend(rule, Gradients(gradients), start, len(gradients), states=states).trace
    assert trace is not None
    return trace


def traced(rule: Rule, objective: Any, starts: np.ndarray, steps: int | None = None) -> Trace:
    """The paths of a rule from many starts."""
    trace = descend(rule, objective, starts=starts, steps=steps).trace
    assert trace is not None  # it is kept unless told otherwise
    return trace


def digits_of(race: Race) -> dict[str, float]:
    """How many digits of the end of each rule hold, but of those that failed."""
    return {s.rule: s.rounding.digits for s in race.standings if s.rounding is not None}


def combinations(**axes: Any) -> dict[str, np.ndarray]:
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
    rules: Sequence[str] = (),
) -> Chart:
    """A chart of one panel: `lines` by name against the one entry of `x`, a label and values.

    Where each line is of a rule, `rules` has their names, and they have the rules' colours.
    """
    [(xlabel, at)] = x.items()
    data = xr.Dataset(
        {"value": (("curve", "at"), np.stack([np.asarray(y, float) for y in lines.values()]))},
        {"curve": list(lines), "at": np.asarray(at), **_coloured("curve", rules)},
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
    rules: Sequence[str] = (),
) -> Chart:
    """A chart of one panel: a bar for each estimate, with its interval; `each` is one of what.

    Where each bar is of a rule, `rules` has their names, and they have the rules' colours.
    """
    rows = [v if isinstance(v, Estimate) else Estimate(v, v, v) for v in found.values()]
    parts = {name: (each, np.array(column)) for name, column in _columns(rows)}
    data = xr.Dataset(parts, {each: list(found), **_coloured(each, rules)})
    panel = Panel("value", each, None, "bars", "low", "high", log, ylabel=ylabel, marks=marks)
    return Chart(data, title, (panel,))


def _coloured(along: str, rules: Sequence[str]) -> dict[str, Any]:
    """The coordinate that gives the entries of a dimension the colours of rules."""
    return {"rule_name": (along, list(rules))} if rules else {}


def _columns(rows: Sequence[Estimate]) -> Any:
    return zip(Estimate._fields, itertools.zip_longest(*rows), strict=True)

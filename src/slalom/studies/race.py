"""A race: several rules on one landscape from one start."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from .. import landscapes
from ..descent import Outcome, Run, descend
from ..errors import SlalomError
from ..landscapes import Landscape
from ..rules import Rule, parse_all
from . import storage
from .ground import grounded, ungrounded
from .labelled import Shown, plain


@dataclass(frozen=True)
class Standing:
    """Where one rule stands at the end of a race.

    Attributes:
        rule: its text.
        loss: at the end; not finite for a run that failed.
        best_loss: the lowest finite loss on the way.
        position: the end, one number an axis.
        outcome: how the run ended.
        steps: how many steps it made.
    """

    rule: str
    loss: float
    best_loss: float
    position: tuple[float, ...]
    outcome: Outcome
    steps: int


@dataclass(frozen=True, eq=False)
class Race(Shown):
    """The labelled data of a race.

    Attributes:
        data: dimensions `rule`, `step` (0 to n) and `axis`; `position` (rule, step, axis),
            `loss`, `gradient_norm` and `step_length` (rule, step), states where asked for;
            along `rule` also `settings`, the rule with every hyperparameter, and `outcome`.
            After the end of a run everything is NaN.
        landscape: what they raced on.
    """

    data: xr.Dataset
    landscape: Landscape
    drawn: xr.DataArray | None = None
    """The heights that a file held; None where the landscape itself can tell them."""

    @functools.cached_property
    def surface(self) -> xr.DataArray:
        """The heights of the landscape over its domain, to be drawn beneath the paths.

        Raises:
            SlalomError: the landscape has more than two dimensions.
        """
        if self.drawn is not None:
            return self.drawn
        *axes, heights = self.landscape.mesh()
        names = self.landscape.axes
        return xr.DataArray(heights, dict(zip(names, axes, strict=True)), names[::-1])

    @property
    def standings(self) -> list[Standing]:
        """The rules in order of final loss, those that failed last."""
        found = [self._standing(label) for label in self.data.rule.values]
        return sorted(found, key=lambda s: (s.outcome.failed, s.loss))

    def _standing(self, label: str) -> Standing:
        lane = self.data.sel(rule=label)
        outcome = Outcome.parse(str(lane.outcome.values), lane.sizes["step"] - 1)
        end = lane.isel(step=outcome.step)
        loss = lane.loss.values
        best = loss[np.isfinite(loss)]
        return Standing(
            str(label),
            float(end.loss),
            float(best.min()) if best.size else np.nan,
            tuple(end.position.values.tolist()),
            outcome,
            outcome.step,
        )

    def summary(self) -> dict[str, Any]:
        """The standings as plain values for JSON; a number that is not finite is None."""
        return {
            "landscape": self.landscape.name,
            "start": json.loads(self.data.attrs["start"]),
            "steps": self.data.sizes["step"] - 1,
            "standings": [
                {
                    "rule": s.rule,
                    "loss": plain(s.loss),
                    "best_loss": plain(s.best_loss),
                    "position": [plain(v) for v in s.position],
                    "outcome": str(s.outcome),
                    "steps": s.steps,
                }
                for s in self.standings
            ],
        }

    def save(self, path: str | Path) -> None:
        """Write the race to a NetCDF (`.nc`) or Zarr (`.zarr`) file, without loss.

        Raises:
            SlalomError: another ending, or a place that cannot be written to.
        """
        whole = grounded(self.data, "drawing", self.landscape, lambda: self.surface)
        storage.save(whole, path)

    @staticmethod
    def is_in(saved: xr.Dataset) -> bool:
        """Whether a dataset read from a file is a race."""
        return "drawing" in saved.attrs

    @classmethod
    def of(cls, saved: xr.Dataset) -> Race:
        """The race that `save` wrote. A landscape of the user's own file is not run again."""
        return cls(*ungrounded(saved, "drawing"))

    def __repr__(self) -> str:
        return f"<Race of {self.data.sizes['rule']} rules on {self.landscape.name}>"


def race(
    landscape: Landscape | str,
    rules: Sequence[Rule | str] | Rule | str,
    start: Sequence[float] | None = None,
    steps: int | None = None,
    *,
    states: bool = False,
    tol: float | None = None,
    seed: int = 0,
    dtype: Any = None,
) -> Race:
    """Run several rules on one landscape from one start.

    Args:
        landscape: a landscape, its name, a formula, or `FILE.py:name`.
        rules: rules or their texts; a text may sweep, `adam(lr=[0.01, 0.1])`.
        start: one number an axis. Default: the landscape's own.
        steps: how many, at least 1. Default: the landscape's own.
        states: keep the rules' states too.
        tol: a run whose gradient norm falls below it has converged, and stops.
        seed: of the draws, where a rule or the landscape makes any.
        dtype: float32 or float64, the default.

    Raises:
        SlalomError: arguments that are not allowed. A run that fails raises nothing.
    """
    ground = landscapes.find(landscape) if isinstance(landscape, str) else landscape
    if not isinstance(ground, Landscape):
        raise SlalomError(
            f"a race is on a landscape, not {type(ground).__name__}; see slalom.descend"
        )
    runners = as_rules(rules)
    begin = tuple(ground.start if start is None else np.atleast_1d(start))
    options = {"states": states, "tol": tol, "seed": seed, "dtype": dtype or np.float64}
    runs = [descend(rule, ground, begin, steps, **options) for rule in runners]
    return Race(as_data(runs, ground, begin, seed), ground)


def as_rules(given: Sequence[Rule | str] | Rule | str) -> list[Rule]:
    """The rules that were given, sweeps unfolded, each once.

    Raises:
        SlalomError: none at all, or something that is no rule.
    """
    items = [given] if isinstance(given, (Rule, str)) else list(given)
    found: dict[str, Rule] = {}
    for item in items:
        for rule in parse_all(item) if isinstance(item, str) else [item]:
            if not isinstance(rule, Rule):
                raise SlalomError(f"a rule is a Rule or its text, not {type(rule).__name__}")
            found.setdefault(rule.text(), rule)
    if not found:
        raise SlalomError("at least one rule is needed, for example adam(lr=0.1)")
    return list(found.values())


def as_data(runs: list[Run], ground: Landscape, start: Sequence, seed: int) -> xr.Dataset:
    """The labelled data of a race, from one run a rule."""
    lanes = [run.variables for run in runs]
    names = dict.fromkeys(name for lane in lanes for name in lane)
    variables = {name: _stacked([lane.get(name) for lane in lanes]) for name in names}
    labels = {
        "rule": [run.rule.text() for run in runs],
        "step": np.arange(runs[0].steps + 1),
        "axis": list(ground.axes),
        "settings": ("rule", [run.rule.text(full=True) for run in runs]),
        "outcome": ("rule", [str(run.outcome) for run in runs]),
    }
    attributes = {
        "landscape": ground.name,
        "start": json.dumps([float(v) for v in start]),
        "seed": seed,
    }
    return xr.Dataset(variables, labels, attributes)


Labelled = tuple[tuple[str, ...], np.ndarray]


def _stacked(lanes: list[Labelled | None]) -> Labelled:
    """One variable of all runs, NaN for those that have no such state."""
    dims, known = next(lane for lane in lanes if lane is not None)
    rows = [np.full_like(known, np.nan) if lane is None else lane[1] for lane in lanes]
    return ("rule", *dims), np.stack(rows)

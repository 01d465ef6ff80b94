"""A race: several rules on one landscape from one start."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from .. import landscapes
from ..descent import Outcome, Run, descend
from ..descent.checks import SCALARS, check_path, check_steps
from ..descent.rounding import enough
from ..errors import SlalomError
from ..landscapes import Landscape
from ..rules import Rule, as_rule, parse_all
from .labelled import outcome_labels, outcomes_of, plain, rule_labels
from .result import LandscapeResult
from .standing import Standing, held, plain_rounding


@dataclass(frozen=True, eq=False, repr=False)
class Race(LandscapeResult):
    """The labelled data of a race.

    Attributes:
        data: dimensions `rule`, `step` (0 to n) and `axis`; `position` (rule, step, axis),
            `loss`, `gradient_norm` and `step_length` (rule, step), states where asked for;
            along `rule` also `rule_name`, of the innermost rule, `settings`, the rule with every
            hyperparameter, `outcome` and `outcome_step`, how and at which step the run ended.
            After the end of a run everything is NaN.
        landscape: what they raced on.
    """

    kind = "race"

    @property
    def outcomes(self) -> list[Outcome]:
        """How the run of each rule ended."""
        return outcomes_of(self.data)

    @property
    def rounding(self) -> np.ndarray:
        """At which steps the path of each rule is rounding, booleans of shape (rule, step)."""
        if "digits" not in self.data:
            return np.zeros(self.data.loss.transpose("rule", "step").shape, bool)
        least = enough(np.finfo(self.data.position.dtype).eps)
        return self.data.digits.transpose("rule", "step").values < least

    @property
    def standings(self) -> list[Standing]:
        """The rules in order of final loss, those that failed last."""
        found = [self._standing(*each) for each in enumerate(self.outcomes)]
        return sorted(found, key=lambda s: (s.outcome.failed, s.loss))

    def _standing(self, index: int, outcome: Outcome) -> Standing:
        lane = self.data.isel(rule=index)
        end = lane.isel(step=outcome.step)
        loss = lane.loss.values
        finite = np.where(np.isfinite(loss), loss, np.inf)
        best = int(finite.argmin())
        told = "digits" in lane and not outcome.failed
        return Standing(
            str(lane.rule.values),
            float(end.loss),
            float(loss[best]) if np.isfinite(finite[best]) else np.nan,
            tuple(end.position.values.tolist()),
            outcome,
            outcome.step,
            held(lane, outcome.step, best) if told else None,
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
                    "outcome": s.outcome.kind,
                    "outcome_step": s.outcome.step,
                    **(plain_rounding(s.rounding) if "digits" in self.data else {}),
                }
                for s in self.standings
            ],
        }

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
    digits: bool = True,
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
        digits: tell how many digits of each end hold, by runs beside it that are rounded at
            random (`slalom.descent.rounding`).

    Raises:
        SlalomError: arguments that are not allowed. A run that fails raises nothing.
    """
    ground = as_landscape(landscape)
    runners = as_rules(rules)
    begin = tuple(ground.start if start is None else np.atleast_1d(start))
    options = {"states": states, "tol": tol, "seed": seed, "dtype": dtype or np.float64}
    options["digits"] = digits
    steps = ground.steps if steps is None else steps
    check_steps(steps)
    check_path(steps, ground.dim + SCALARS, len(runners), "choose fewer steps or rules")
    runs = [descend(rule, ground, begin, steps, **options) for rule in runners]
    return Race(as_data(runs, ground, begin, seed), ground)


def as_landscape(given: Landscape | str) -> Landscape:
    """The landscape that was given, or the one that a text names.

    Raises:
        SlalomError: there is none of this name, or it is something else.
    """
    found = landscapes.find(given) if isinstance(given, str) else given
    if not isinstance(found, Landscape):
        raise SlalomError(
            "landscape must be a Landscape or a string such as 'rosenbrock' or 'x**2 + y**2', got "
            f"{type(found).__name__}; slalom.descend takes functions"
        )
    return found


def as_rules(given: Sequence[Rule | str] | Rule | str) -> list[Rule]:
    """The rules that were given, sweeps unfolded, each once.

    Raises:
        SlalomError: none at all, or something that is no rule.
    """
    items = [given] if isinstance(given, (Rule, str)) else list(given)
    found: dict[str, Rule] = {}
    for item in items:
        for rule in parse_all(item) if isinstance(item, str) else [as_rule(item)]:
            found.setdefault(rule.text(), rule)
    if not found:
        raise SlalomError("at least one rule is needed, for example adam(lr=0.1)")
    return list(found.values())


def as_data(runs: list[Run], ground: Landscape, start: Sequence, seed: int) -> xr.Dataset:
    """The labelled data of a race, from one run a rule."""
    lanes = [run.variables for run in runs]
    names = dict.fromkeys(name for lane in lanes for name in lane)
    variables = {name: _stacked([lane.get(name) for lane in lanes]) for name in names}
    roundings = [run.rounding for run in runs if run.rounding is not None]
    is_told = len(roundings) == len(runs)
    about, until = _unfilled(variables) if is_told else ({}, {})
    labels = {
        **rule_labels([run.rule for run in runs]),
        **outcome_labels(runs),
        **until,
        "step": np.arange(runs[0].steps + 1),
        "axis": list(ground.axes),
    }
    attributes = {
        "landscape": ground.name,
        "start": json.dumps([float(v) for v in start]),
        "seed": seed,
    }
    data = xr.Dataset({**variables, **about}, labels, attributes)
    # at last, because the copies that tell of rounding run while all else is labelled
    for name, (_, array) in {**about, **until}.items():
        array[:] = [getattr(rounding, name) for rounding in roundings]
    return data


def _unfilled(variables: dict[str, Labelled]) -> tuple[dict[str, Labelled], dict[str, Labelled]]:
    """Arrays for the variables and the coordinate that tell of rounding."""
    (along, loss), (place, position) = variables["loss"], variables["position"]
    about = {
        "position_error": (place, np.empty_like(position)),
        "loss_error": (along, np.empty_like(loss)),
        "digits": (along, np.empty(loss.shape)),
    }
    return about, {"reproducible_to_step": (along[:1], np.empty(len(loss), np.int32))}


Labelled = tuple[tuple[str, ...], np.ndarray]


def _stacked(lanes: list[Labelled | None]) -> Labelled:
    """One variable of all runs, NaN for those that have no such state."""
    dims, known = next(lane for lane in lanes if lane is not None)
    rows = [np.full_like(known, np.nan) if lane is None else lane[1] for lane in lanes]
    return ("rule", *dims), np.stack(rows)

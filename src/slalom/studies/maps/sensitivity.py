"""Sensitivity: the final loss over two hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ...descent import descend
from ...descent.checks import check_steps
from ...descent.many import BLOCK
from ...descent.outcome import FINISHED, KINDS
from ...landscapes import Landscape
from ...rules import Rule, as_rule, with_settings
from ..labelled import rule_name
from ..race import as_landscape
from ..result import LandscapeResult
from .arguments import Progress, checked_size
from .scales import Range, scale, values, varied


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(LandscapeResult):
    """A map of two hyperparameters: how far a rule comes down with them.

    Attributes:
        data: dimensions named as the hyperparameters, the second first; `loss` at the end,
            not finite where the run failed; `outcome` (uint8), an index into the attribute
            `outcomes`, and `outcome_step` (int32), the step at which the run ended so. The
            coordinates' attribute `scale` is how they are spaced.
    """

    kind = "sensitivity"

    def summary(self) -> dict[str, Any]:
        """The best setting, and the share of settings near it."""
        data = self.data
        up, across = data.loss.dims
        fine = (data.outcome.values == FINISHED) & np.isfinite(data.loss.values)
        losses = np.where(fine, data.loss.values, np.inf)
        row, column = np.unravel_index(np.argmin(losses), losses.shape)
        return {
            "landscape": self.landscape.name,
            "rule": data.attrs["rule"],
            "steps": data.attrs["steps"],
            "best": {
                str(across): float(data[across][column]),
                str(up): float(data[up][row]),
                "loss": float(losses[row, column]) if fine.any() else None,
            },
            "lower_than_start": float((losses < data.attrs["start_loss"]).mean()),
            "failed": float(1 - fine.mean()),
        }


def sensitivity(
    landscape: Landscape | str,
    rule: Rule | str,
    size: int = 100,
    steps: int | None = None,
    *,
    vary: Mapping[str, Range | None] | Sequence[str] | None = None,
    start: Sequence[float] | None = None,
    seed: int = 0,
    dtype: Any = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """The loss at the end of runs over a lattice of two hyperparameters, from one start.

    Args:
        landscape: of any dimension, or its text.
        rule: one rule or its text; its other hyperparameters stay as they are.
        size: values of each hyperparameter, at least 2.
        steps: how many each run takes. Default: the landscape's own.
        vary: the two names, the one across first, perhaps with (low, high). Default: the first
            two numbers of the rule, over ranges that suit them.
        start: one number an axis. Default: the landscape's own.
        seed: of the draws, where a rule or the landscape makes any; the same for all runs.
        dtype: float32 or float64, the default.
        progress: called after every block with how many runs are done, and of how many.

    Raises:
        SlalomError: arguments that are not allowed, or a map larger than memory.
    """
    ground = as_landscape(landscape)
    runner = as_rule(rule)
    begin = np.atleast_1d(np.asarray(ground.start if start is None else start, float))
    if steps is not None:
        check_steps(steps)
    size = checked_size(size, size, 8 * (3 + 2 * ground.dim))
    ranges = varied(runner, vary)
    (across, up), axes = ranges, [values(runner, n, r, size) for n, r in ranges.items()]
    columns, rows = (a.reshape(-1) for a in np.meshgrid(*axes))
    loss, kind, ended = (np.empty(size * size, dtype) for dtype in (float, np.uint8, np.int32))
    for first in range(0, size * size, BLOCK):
        part = slice(first, first + BLOCK)
        swept = with_settings(runner, {across: columns[part], up: rows[part]}, checked=False)
        starts = np.tile(begin, (len(columns[part]), 1))
        run = descend(
            swept, ground, starts=starts, steps=steps, path=False, seed=seed,
            dtype=dtype or np.float64,
        )  # fmt: skip
        loss[part], kind[part], ended[part] = run.loss, run.outcome.kind, run.outcome.step
        if progress is not None:
            progress(first + len(starts), size * size)
    names = (up, across)
    data = xr.Dataset(
        {
            "loss": (names, loss.reshape(size, size)),
            "outcome": (names, kind.reshape(size, size)),
            "outcome_step": (names, ended.reshape(size, size)),
        },
        {
            name: (name, axis, {"scale": scale(runner, name, ranges[name])})
            for name, axis in zip((across, up), axes, strict=True)
        },
        {
            "landscape": ground.name,
            "rule": runner.text(),
            "rule_name": rule_name(runner),
            "steps": ground.steps if steps is None else steps,
            "start": begin.tolist(),
            "start_loss": float(ground(begin)),
            "outcomes": list(KINDS),
        },
    )
    return Sensitivity(data, ground)

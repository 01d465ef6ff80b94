"""What a comparison of two optimizers found."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ...descent import Outcome
from ..labelled import outcomes_of, plain
from ..result import LandscapeResult
from .explaining import Explanation, Setting
from .spread import explains

SIDES = ("a", "b")


@dataclass(frozen=True)
class Parting:
    """How two optimizers compare on one arena; a number that is not finite says that one failed.

    Attributes:
        arena: `landscape`, `signal` or `network`.
        where: its name.
        steps: how many were made there.
        step: the first step at which the two part beyond rounding; None where they never do.
        first: how far apart that step leads them, from one place; 0 where they never part.
        largest: the largest distance of the free runs.
        final: their distance at the end.
        relative: that, in units of the farthest the first got from the start.
        losses: of both at the end; None on a signal.
        outcomes: how both free runs ended.
        amplified: whether the free runs got apart a thousand times as far as rounding goes.
        spread: how far the first gets from itself when it is rounded at random; None where that
            was not asked, as they part beyond rounding or are not amplified.
        by_rounding: whether that explains how far apart the free runs are.
    """

    arena: str
    where: str
    steps: int
    step: int | None
    first: float
    largest: float
    final: float
    relative: float
    losses: tuple[float, float] | None
    outcomes: tuple[Outcome, Outcome]
    amplified: bool
    spread: float | None = None
    by_rounding: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Diff(LandscapeResult):
    """The labelled data of a comparison.

    Attributes:
        data: dimensions `arena` (landscape, signal, network; no signal where one of the two
            asks for the loss or the Hessian), `side` (a, b), `step` (from 0) and `axis`, of
            the landscape. Along arena and step: `distance` of the free runs;
            `one_step`, how far apart one step leads both from the first's place; `rounding`,
            below which that is no difference; `extent`, how far the first is from the start;
            `spread`, how far it is from its copies rounded at random, NaN where not asked.
            Further `loss` (arena, side, step); `position`
            (side, step, axis), the free runs on the landscape; `gradient` (step), the signal,
            and `answers` (side, step), what each subtracts at that step. NaN after the end of
            a run. Along `side` also `rule`, `rule_name` and `settings`, along `arena` also
            `where` and `steps`, along both `outcome` and `outcome_step`.
        landscape: what they were compared on.
    """

    kind = "diff"

    @property
    def explained(self) -> Explanation:
        """Which settings explain that the two part."""
        found = json.loads(self.data.attrs["explanation"])
        settings = tuple(Setting(**setting) for setting in found["settings"])
        needed = None if found["needed"] is None else tuple(found["needed"])
        return Explanation(found["verdict"], settings, needed, tuple(found["strayed"]))

    @property
    def partings(self) -> list[Parting]:
        """How the two compare on each arena."""
        return [self._parting(str(arena)) for arena in self.data.arena.values]

    def _parting(self, arena: str) -> Parting:
        steps = int(self.data.steps.sel(arena=arena))
        lane = self.data.sel(arena=arena).isel(step=slice(steps + 1))
        parted = np.flatnonzero((lane.one_step > lane.rounding).values)
        apart = lane.distance.values
        known = apart[~np.isnan(apart)]
        extent = float(lane.extent.max())
        losses = lane.loss.transpose("side", "step").values
        first, second = outcomes_of(lane)
        own = lane.spread.values if "spread" in lane else np.full(len(apart), np.nan)
        told = np.isfinite(own).any()
        return Parting(
            arena,
            str(lane["where"].values),
            steps,
            int(parted[0]) if parted.size else None,
            float(lane.one_step[parted[0]]) if parted.size else 0.0,
            float(known.max()),
            float(apart[-1]),
            float(apart[-1]) / extent if extent > 0 else np.nan,
            None if arena == "signal" else (float(losses[0, -1]), float(losses[1, -1])),
            (first, second),
            amplified(lane),
            float(np.nanmax(own)) if told else None,
            bool(told and not parted.size and explains(own, apart)),
        )

    def summary(self) -> dict[str, Any]:
        """The comparison as plain values for JSON; a number that is not finite is None."""
        return {
            "a": str(self.data.rule.values[0]),
            "b": str(self.data.rule.values[1]),
            "arenas": [_summary(parting) for parting in self.partings],
            "explanation": plain(dataclasses.asdict(self.explained)),
        }

    def __repr__(self) -> str:
        a, b = self.data.rule.values
        return f"<Diff of {a} and {b}: {self.explained.verdict}>"


def amplified(lane: xr.Dataset) -> bool:
    """Whether the free runs on one arena got apart a thousand times as far as rounding goes."""
    return bool(lane.distance.max() > 1e3 * lane.rounding.max())


def _summary(parting: Parting) -> dict[str, Any]:
    """A parting as plain values, the kinds and steps of its outcomes apart."""
    return plain(dataclasses.asdict(parting)) | {
        "outcomes": [outcome.kind for outcome in parting.outcomes],
        "outcome_steps": [outcome.step for outcome in parting.outcomes],
    }

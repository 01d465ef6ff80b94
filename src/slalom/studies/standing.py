"""Where a rule stands at the end of a race, and what rounding leaves of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..descent import Outcome
from ..descent.rounding import enough
from ..digits import Margin


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
        rounding: how many of its digits hold; None where that was not asked for, or it failed.
    """

    rule: str
    loss: float
    best_loss: float
    position: tuple[float, ...]
    outcome: Outcome
    steps: int
    rounding: Held | None = None


@dataclass(frozen=True)
class Held:
    """What rounding leaves of the end of a run, and of the way to it.

    Attributes:
        digits: how many decimal digits of the end hold.
        reproducible_to_step: the last step before rounding takes the path elsewhere.
        loss: how far off the loss at the end may be.
        best_loss: likewise the lowest loss.
        position: likewise each coordinate.
        parted: in words which part of the path is rounding; empty where none is.
    """

    digits: float
    reproducible_to_step: int
    loss: Margin
    best_loss: Margin
    position: tuple[Margin, ...]
    parted: str


def held(lane: xr.Dataset, last: int, best: int) -> Held:
    """What rounding leaves of one run, which ended at step `last` and was lowest at `best`."""
    eps = np.finfo(lane.position.dtype).eps
    losses, errors = lane.loss.values[: last + 1], lane.loss_error.values
    position, off = lane.position.values[: last + 1], lane.position_error.values[last]
    least = [float(np.sqrt(eps) * np.abs(a).max()) for a in (losses, position)]
    digits, until = float(lane.digits.values[last]), int(lane.reproducible_to_step)
    way = "on the way, from" if digits >= enough(eps) else "from"
    return Held(
        digits,
        until,
        Margin(float(errors[last]), least[0]),
        Margin(float(errors[best]), least[0]),
        tuple(Margin(error, least[1]) for error in off.tolist()),
        f"rounding {way} step {until + 1}" if until < last else "",
    )


def plain_rounding(found: Held | None) -> dict[str, Any]:
    """What rounding leaves of a run as plain values for JSON; None of one that failed."""
    if found is None:
        return {"digits": None, "reproducible_to_step": None}
    return {"digits": found.digits, "reproducible_to_step": found.reproducible_to_step}

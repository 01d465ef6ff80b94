"""Claims on flat places: who gets over a plateau or off a saddle, with speed and from rest."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ... import landscapes
from ...descent import descend
from ...descent.objective import Deterministic
from ...rules import Momentum
from ...studies.statistics import Estimate, share
from .claim import Claim, Measured
from .experiment import bars, combinations, curves

SHARP = 100.0  # 1/SHARP is the width of the bends of a terrace
BEFORE = -1.0  # where a run that arrives with speed has started
ETAS = np.logspace(-2.5, -1, 41)


@functools.partial(jax.tree_util.register_dataclass, data_fields=("width", "tilt"), meta_fields=())
@dataclass(frozen=True)
class Terrace(Deterministic):
    """A slope of -1 with a terrace from 0 to `width`, on which the slope is only -`tilt`."""

    width: Any
    tilt: Any

    def value(self, x: Any) -> Any:
        """The height at `x`, a number."""
        ease = jnp.logaddexp(0.0, SHARP * x) - jnp.logaddexp(0.0, SHARP * (x - self.width))
        return -x + (1 - self.tilt) * ease / SHARP

    def defined(self, x: Any) -> Any:
        """It is defined everywhere."""
        return jnp.isfinite(x)


def across(width: float, tilt: float, start: float, momentum: Any, steps: int) -> np.ndarray:
    """Whether runs of these momenta get over the terrace, for each rate: (momenta, rates)."""
    momenta = np.atleast_1d(momentum)
    grid = combinations(momentum=momenta, lr=ETAS)
    begin = np.full(len(grid["lr"]), start)
    run = descend(
        Momentum(grid["lr"], grid["momentum"]),
        Terrace(np.float64(width), np.float64(tilt)),
        steps=steps,
        starts=begin,
        path=False,
    )
    return (run.position > width).reshape(len(momenta), len(ETAS))


def off_flat_places(starts: int = 25, steps: int = 125) -> Measured:
    """Who leaves a saddle and a plateau, arriving with speed and from rest."""
    ground = landscapes.find("saddle")
    rng = np.random.default_rng(0)
    aside = 10 ** rng.uniform(-6, -2, starts) * rng.choice([-1, 1], starts)
    grid = combinations(momentum=(0.0, 0.9), lr=ETAS, x=(-1.5, 0.0), aside=aside)
    run = descend(
        Momentum(grid["lr"], grid["momentum"]),
        ground,
        steps=steps,
        starts=np.column_stack([grid["x"], grid["aside"]]),
        path=False,
    )
    left = (np.abs(run.position[:, 1]) > 1).reshape(2, len(ETAS), 2, starts)
    arriving, resting = left[:, :, 0].reshape(2, -1), left[:, :, 1].reshape(2, -1)
    over = across(1.0, 0.0, BEFORE, (0.0, 0.9), steps)
    still = across(1.0, 0.0, 0.5, (0.0, 0.9), steps)
    found = {
        "descent_saddle": share(arriving[0]),
        "momentum_saddle": share(arriving[1]),
        "descent_plateau": share(over[0]),
        "momentum_plateau": share(over[1]),
        "rest_saddle": share(resting),
        "rest_plateau": share(still),
    }
    figures = {k: v for name, s in found.items() for k, v in s.named(name).items()}
    chart = bars(
        "Runs that get over a flat place within 125 steps",
        {
            "descent, saddle": found["descent_saddle"],
            "momentum, saddle": found["momentum_saddle"],
            "from rest, saddle": found["rest_saddle"],
            "descent, plateau": found["descent_plateau"],
            "momentum, plateau": found["momentum_plateau"],
            "from rest, plateau": found["rest_plateau"],
        },
        "share of runs",
        each="rule and place",
    )
    return Measured(figures, chart)


def over_a_plateau(steps: int = 125) -> Measured:
    """Who gets over terraces of small slope, by their width."""
    widths = (0.5, 1.0, 2.0, 4.0)
    tilts = (0.001, 0.01)
    momenta = (0.9, 0.975)
    kinds = {
        "with speed": (BEFORE, momenta),
        "from rest": (0.1, momenta),
        "descent": (BEFORE, (0.0,)),
    }
    found = {
        kind: np.array(
            [[across(w, tilt, start, m, steps) for tilt in tilts] for w in widths]
        ).reshape(len(widths), -1)
        for kind, (start, m) in kinds.items()
    }
    overall: dict[str, Estimate] = {kind: share(rows) for kind, rows in found.items()}
    figures = {
        **overall["with speed"].named("with_speed"),
        **overall["from rest"].named("from_rest"),
        "descent": overall["descent"].value,
    }
    labels = {
        "with speed": "momentum that comes with speed",
        "from rest": "momentum from rest on the plateau",
        "descent": "descent that comes from the slope",
    }
    chart = curves(
        "Runs that get over a plateau of small slope within 125 steps",
        {"width of the plateau (the slope before it: 1)": np.array(widths)},
        {labels[kind]: rows.mean(1) for kind, rows in found.items()},
        "share of runs",
        "x",
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C35",
        sentence="Plain descent does not get off a saddle or a plateau, where there is next to no "
        "gradient; momentum that comes with speed does, but from rest neither moves.",
        articles=("medium",),
        experiment="saddle, from the slope (-1.5, y) and from rest (0, y), 25 values of y from "
        "1e-6 to 1e-2 in size; a slope of 1 with a level terrace of width 1, from 1 before it and "
        "from rest on its middle; descent and momentum 0.9, 41 rates from 0.003 to 0.1, 125 steps: "
        "the shares of runs that come 1 off the saddle's ridge, or beyond the terrace. Does not "
        "means less than a tenth, does more than half.",
        measure=off_flat_places,
        holds="max(descent_saddle_high, descent_plateau_high, rest_saddle_high, rest_plateau_high) "
        "< 0.1 and min(momentum_saddle_low, momentum_plateau_low) > 0.5",
        in_part="momentum_saddle_low > descent_saddle_high "
        "or momentum_plateau_low > descent_plateau_high",
    ),
    Claim(
        id="C63",
        sentence="Momentum carries a run over a plateau of small slope if it was gathered before "
        "it, and not if the run starts on it from rest.",
        articles=("habr",),
        experiment="a slope of 1 with a terrace of slope 0.001 or 0.01 and width 0.5 to 4, "
        "momentum 0.9 and 0.975, 41 rates from 0.003 to 0.1, 125 steps, starting at rest, 1 before "
        "the terrace or 0.1 behind its beginning: the shares of runs that get beyond it. Carries "
        "means more than half, not less than a tenth.",
        measure=over_a_plateau,
        holds="with_speed_low > 0.5 and from_rest_high < 0.1",
        in_part="with_speed_low > from_rest_high",
    ),
)

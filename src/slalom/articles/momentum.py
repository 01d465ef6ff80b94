"""S11: momentum against plain descent, and how it overshoots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from ..studies.chart import Chart, Mark, Panel
from ..studies.race import race
from .study import Figure, Study

IN_A_CANYON = ("gradient_descent(lr=0.4)", "momentum(lr=0.4, momentum=0.5)")
MOMENTA = (0.0, 0.4, 0.9, 0.975)


def overshoot(momenta: Sequence[float] = MOMENTA, lr: float = 0.05, steps: int = 100) -> Chart:
    """How far a heavy ball rolls past the minimum of x².

    It swings as soon as its momentum is above `(1 - sqrt(2 lr))²`, the critical damping.

    Args:
        momenta: each from 0 to below 1.
        lr: the learning rate, below one half.
        steps: how many, at least 1.

    Returns:
        `x` (momentum, step), and `past` (momentum, step), how far it has been beyond 0 so far.
    """
    rules = [f"momentum(lr={lr}, momentum={m})" for m in momenta]
    x = race("parabola_1d", rules, steps=steps, digits=False).data.position.values[..., 0]
    past = np.maximum.accumulate(np.maximum(-x, 0), axis=1)
    data = xr.Dataset(
        {"x": (("momentum", "step"), x), "past": (("momentum", "step"), past)},
        {"momentum": list(momenta), "step": np.arange(steps + 1)},
    )
    critical = float((1 - np.sqrt(2 * lr)) ** 2)
    panels = (
        Panel("x", by="momentum", title="position", marks=(Mark(0, "minimum"),)),
        Panel("past", by="momentum", ylabel="farthest beyond 0", title="overshoot so far"),
    )
    numbers = {"critical momentum": critical} | {
        f"overshoot with momentum {m:g}": float(row[-1])
        for m, row in zip(momenta, past, strict=True)
    }
    return Chart(data, "A heavy ball in a parabola", panels, numbers)


STUDY = Study(
    id="S11",
    title="Momentum against plain descent",
    articles=("medium",),
    about=(
        "In a long bowl the gradient points across and hardly along. Plain descent goes to and "
        "fro between the walls and creeps along the floor; momentum adds up what the steps agree "
        "on, so it moves along the bowl, and the swings across cancel. The price is that it "
        "cannot stop: the larger the momentum, the farther it rolls past the minimum."
    ),
    figures=(
        Figure(
            "bowl",
            "An elongated bowl",
            race,
            {"landscape": "narrow_canyon", "rules": IN_A_CANYON, "steps": 40},
            shows="With the same learning rate plain descent swings across the canyon and is "
            "still on its way when momentum has arrived.",
            animated=True,
        ),
        Figure(
            "overshoot",
            "Past the minimum",
            overshoot,
            shows="Without momentum, and with one of 0.4, the ball never passes the minimum; "
            "with 0.9 it swings a few times, with 0.975 it goes on swinging.",
            animated=True,
        ),
    ),
    claims=("C39", "C46", "C48"),
)

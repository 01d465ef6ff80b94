"""S13: local minima, saddles, plateaus and cliffs; critical points told apart by curvature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
import xarray as xr
from jax import enable_x64

from .. import landscapes
from ..landscapes import Landscape
from ..studies.chart import Chart, Mark, Panel
from ..studies.maps.points import kind_of
from ..studies.race import race
from .study import Figure, Study

LANDSCAPES = ("hills_and_canyon", "local_minimum", "saddle", "two_minimums", "basins_and_walls")
KINDS = ("minimum", "saddle", "maximum")
FLAT = 1e-9  # a smaller eigenvalue is 0


def critical_points(names: Sequence[str] = LANDSCAPES) -> Chart:
    """The known critical points of landscapes, by the eigenvalues of the Hessian there.

    Both above 0: a minimum. Both below 0: a maximum. One of each: a saddle.

    Args:
        names: landscapes of two dimensions.

    Returns:
        Along `point` its `landscape`, `x`, `y`, `value`, `kind`, and the eigenvalues `lower`
        and `upper`; `across` and `up` (group, point) are the same two, NaN at the other kinds.
    """
    rows = [row for name in names for row in _classified(landscapes.find(name))]
    columns = ("landscape", "x", "y", "value", "lower", "upper", "kind")
    table = dict(zip(columns, map(np.array, zip(*rows, strict=True)), strict=True))
    own = np.array([[kind == k for k in table["kind"]] for kind in KINDS])
    data = xr.Dataset(
        {
            **{name: ("point", column) for name, column in table.items()},
            "across": (("group", "point"), np.where(own, table["lower"], np.nan)),
            "up": (("group", "point"), np.where(own, table["upper"], np.nan)),
        },
        {"point": np.arange(len(rows)), "group": list(KINDS)},
    )
    panel = Panel(
        "up", x="across", by="group", kind="points", xlabel="smaller eigenvalue",
        ylabel="larger eigenvalue", marks=(Mark(0, "flat"), Mark(0, "flat", axis="x")),
    )  # fmt: skip
    numbers: dict[str, Any] = {kind: int(mine.sum()) for kind, mine in zip(KINDS, own, strict=True)}
    numbers["points"] = [
        {
            "landscape": name,
            "x": round(x, 3) + 0.0,
            "y": round(y, 3) + 0.0,
            "kind": kind,
            "smaller eigenvalue": lower,
            "larger eigenvalue": upper,
        }
        for name, x, y, _, lower, upper, kind in rows
    ]  # + 0.0, or there would be a -0
    return Chart(data, "Critical points by the eigenvalues of the Hessian", (panel,), numbers)


def _classified(ground: Landscape) -> list[tuple]:
    points = np.array([p.position for p in (*ground.minima, *ground.critical)])
    with enable_x64(True):
        hessians = np.asarray(jax.jit(jax.vmap(jax.hessian(ground.value)))(points))
    return [
        (ground.name, *point, height, *own, kind_of(own, FLAT))
        for point, height, own in zip(
            points.tolist(), ground(points).tolist(), np.linalg.eigvalsh(hessians), strict=True
        )
    ]


STUDY = Study(
    id="S13",
    title="Traps",
    articles=("medium", "lecture"),
    about=(
        "Four places that stop or spoil a descent: a minimum that is not the lowest, a saddle, a "
        "plain without slope, and a cliff whose gradient throws the iterate far away. What "
        "helps is different each time: speed, an uneven start, steps that do not depend on "
        "the gradient's size, and a limit to it. A critical point's kind can be read off the "
        "eigenvalues of the Hessian there."
    ),
    figures=(
        Figure(
            "local-minimum",
            "A local minimum",
            race,
            {
                "landscape": "local_minimum",
                "rules": ("gradient_descent(lr=0.1)", "momentum(lr=0.1, momentum=[0.8, 0.9])"),
                "steps": 60,
            },
            shows="Plain descent stays in the first well, and so does a momentum of 0.8; "
            "one of 0.9 carries the ball over the rim into the deeper one.",
            animated=True,
        ),
        Figure(
            "saddle",
            "A saddle",
            race,
            {
                "landscape": "saddle",
                "rules": ("gradient_descent(lr=0.1)", "momentum(lr=0.1, momentum=0.9)",
                          "noise(0.1) | gradient_descent(lr=0.1)"),
                "start": (-1.5, 0.0),
                "steps": 60,
            },
            shows="From exactly on the ridge, descent and momentum both end at the saddle, for "
            "nothing ever pushes them sideways; a little noise in the gradient does.",
            animated=True,
        ),
        Figure(
            "plateau",
            "A plateau",
            race,
            {
                "landscape": "giant_plateau",
                "rules": ("gradient_descent(lr=0.1)", "momentum(lr=0.1, momentum=0.9)",
                          "adam(lr=0.1)"),
                "start": (-2.2, -2.0),
                "steps": 125,
            },
            shows="On the plain the gradient is next to nothing: descent hardly moves, momentum "
            "gathers speed for a long time, and Adam, whose steps do not depend on the "
            "gradient's size, walks straight to the pit.",
            animated=True,
        ),
        Figure(
            "cliff",
            "A cliff, with and without clipping",
            race,
            {
                "landscape": "cliff",
                "rules": ("gradient_descent(lr=0.35)",
                          "clip_norm(1.0) | gradient_descent(lr=0.35)"),
                "steps": 60,
            },
            shows="At the wall the gradient is some twenty times as large as elsewhere: one "
            "step throws plain descent past the minimum and out of the picture, from where it has "
            "to walk back. With the gradient's norm clipped at 1 the path goes down the wall "
            "and on as if nothing had happened.",
            animated=True,
        ),
        Figure(
            "critical-points",
            "Critical points and curvature",
            critical_points,
            shows="Each point is a place without slope on one of five landscapes: "
            "hills_and_canyon, local_minimum, saddle, two_minimums and basins_and_walls. Minima "
            "have two positive eigenvalues, maxima two negative ones, saddles one of each.",
        ),
    ),
    claims=("C35", "C36", "C44", "C58", "C63"),
)  # fmt: skip

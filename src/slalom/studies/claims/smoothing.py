"""The claim on smoothing the look-ahead: the gradient averaged over several points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...rules import Nesterov, Rule, SmoothedNesterov
from .claim import Claim, Measured
from .experiment import bars, lanes, scattered, traced
from .sidebyside import SideBySide
from .statistics import mean_interval, paired_interval

FORMS = (((1 / 3, 2 / 3, 1.0), (1.0, 1.0, 1.0)), ((1 / 2, 3 / 4, 1.0), (1.0, 2.0, 4.0)))
"""habr's two forms with three points: the points and their weights."""

ROUGH = ("ripple",)
CALM = ("simple_quad", "bowl", "square_sum")
"""Landscapes that are smooth, so that noise is all that there is to average."""


def averaged_look_ahead(
    starts: int = 50, asked: int = 360, rough: Sequence[str] = ROUGH, calm: Sequence[str] = CALM
) -> Measured:
    """The loss at the end for as many gradients, by one point ahead and by three."""
    field = SideBySide(SideBySide.noisy(rough, 0).places + SideBySide.noisy(calm).places)
    grid = lanes(
        form=np.arange(len(FORMS)),
        lr=np.logspace(-4, 1, 13),
        momentum=(0.5, 0.9, 0.975),
        start=np.arange(starts),
    )
    points, weights = (
        tuple(np.array([form[part] for form in FORMS])[grid["form"]].T) for part in (0, 1)
    )
    rules: dict[str, tuple[Rule, int]] = {
        "one point": (Nesterov(grid["lr"], grid["momentum"]), asked),
        "three points": (
            SmoothedNesterov(grid["lr"], grid["momentum"], points, weights), asked // 3
        ),
    }  # fmt: skip
    begin = np.stack([scattered(ground, starts) for ground in field.places], axis=1)
    one, three = (
        _tuned(rule, field, begin[grid["start"]], steps, starts) for rule, steps in rules.values()
    )
    gain = {
        "rough": paired_interval(one[:, : len(rough)], three[:, : len(rough)]),
        "noisy": paired_interval(one[:, len(rough) :], three[:, len(rough) :]),
    }
    figures = {k: v for name, each in gain.items() for k, v in each.named(f"{name}_gain").items()}
    chart = bars(
        "What is left of the height after as many gradients",
        {
            f"{where}, {name}": mean_interval(values[:, part])
            for where, part in (("ripple", slice(len(rough))), ("noise", slice(len(rough), None)))
            for name, values in (("one point", one), ("three points", three))
        },
        "share of the height at the start",
        log="y",
    )
    return Measured(figures, chart)


def _tuned(
    rule: Rule, field: SideBySide, begin: np.ndarray, steps: int, starts: int
) -> np.ndarray:
    """What is left of the height with each landscape's best settings, shape (starts, places).

    The lowest point of each of these landscapes is at 0.
    """
    ends = traced(rule, field, begin, steps).position[:, -1]
    with np.errstate(over="ignore", invalid="ignore"):
        left = np.nan_to_num(field.losses(ends) / field.losses(begin), nan=1.0, posinf=1.0)
    table = np.minimum(left, 1.0).reshape(-1, starts, len(field.places))
    return np.take_along_axis(table, table.mean(1).argmin(0)[None, None], 0)[0]


CLAIMS = (
    Claim(
        "C5",
        "To average the look-ahead over several points helps where the objective is rough, and "
        "where gradients are noisy, for the same number of gradients.",
        ("habr",),
        "ripple, and three smooth bowls with N(0, 1) on every component of each gradient that is "
        "asked for; 50 random starts, 360 gradients a run: Nesterov with 360 steps, and the two "
        "forms of it with three points with 120. Each with the best of 13 rates from 1e-4 to "
        "10 and of momentum 0.5, 0.9 and 0.975 on a landscape: what one point leaves of the "
        "height at the start, less what three leave. In part: it helps on one of the two kinds.",
        averaged_look_ahead,
        "rough_gain_low > 0 and noisy_gain_low > 0",
        "rough_gain_low > 0 or noisy_gain_low > 0",
    ),
)

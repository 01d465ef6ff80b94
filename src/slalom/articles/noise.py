"""S14: noisy gradients, the floor that they set, and schedules that go below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from .. import landscapes
from ..descent import Trace, descend
from ..rules import GradientDescent, Noise, Rule
from ..studies.chart import Chart, Mark, Panel
from ..studies.race import race
from .study import Figure, Study

SCHEDULES = {
    "constant": "0.1",
    "exponential": "exponential(0.1, rate=0.1, offset=1)",
    "polynomial": "polynomial(0.1, rate=0.1, power=0.5, offset=1)",
    "piecewise constant": "piecewise((0.1, 0.03, 0.01), (50, 200))",
}
"""The lecture's schedules from 0.1, its code's count of the steps included; the pieces are ours."""

PLAIN = tuple(f"gradient_descent(lr={SCHEDULES[n]})" for n in ("constant", "exponential",
                                                               "polynomial"))  # fmt: skip
NOISY = tuple(f"noise(1.0) | {rule}" for rule in PLAIN)
CURVATURES = {"x1": 2.0, "x2": 4.0}  # of `bowl`
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)


def stationary_variance(lr: Any, curvature: float, sigma: float = 1.0) -> Any:
    """The variance that noisy descent on a parabola settles at: `lr sigma² / (c (2 - lr c))`.

    Each step is `x -= lr (c x + sigma n)` with n of N(0, 1), so the variance V repeats itself
    where `V = (1 - lr c)² V + lr² sigma²`.
    """
    return lr * sigma**2 / (curvature * (2 - lr * curvature))


def schedules(seeds: int = 500, steps: int = 500) -> Chart:
    """Descent on `bowl` with noise of N(0, 1) on each component, by schedule, over many seeds.

    Args:
        seeds: how many runs of each, at least 2.
        steps: how many, at least 1.

    Returns:
        `loss` (schedule, step), the mean over the seeds, with its 95% interval `low`, `high`.
    """
    rows = []
    for text in SCHEDULES.values():
        rule = f"noise(1.0) | gradient_descent(lr={text})"
        rows.append(_many(rule, landscapes.bowl.start, seeds, steps).loss)
    loss = np.stack(rows)
    mean, error = loss.mean(axis=1), 1.96 * loss.std(axis=1, ddof=1) / np.sqrt(seeds)
    along = ("schedule", "step")
    data = xr.Dataset(
        {"loss": (along, mean), "low": (along, mean - error), "high": (along, mean + error)},
        {"schedule": list(SCHEDULES), "step": np.arange(steps + 1)},
    )
    floor = sum(c / 2 * stationary_variance(0.1, c) for c in CURVATURES.values())
    panel = Panel(
        "loss", by="schedule", low="low", high="high", log="y", ylabel="mean loss",
        marks=(Mark(floor, f"floor of a constant rate of 0.1 = {floor:.3f}"),),
    )  # fmt: skip
    ends = {f"final loss, {name}": float(m[-1]) for name, m in zip(SCHEDULES, mean, strict=True)}
    title = f"Noisy descent on bowl, mean of {seeds} seeds"
    return Chart(data, title, (panel,), {"floor of a constant rate of 0.1": floor} | ends)


def noise_floor(rates: Sequence[float] = RATES, seeds: int = 200, steps: int = 600) -> Chart:
    """The variance at which noisy descent on `bowl` settles, against its closed form.

    Args:
        rates: learning rates below 0.5, where descent on `bowl` diverges.
        seeds: how many runs of each, from the minimum.
        steps: how many; the variance is taken over the second half.

    Returns:
        `variance` (curve, rate), measured and in closed form for each axis, and `ratio` (axis,
        rate), measured over closed form.
    """
    lr = np.repeat(np.asarray(rates, dtype=float), seeds)
    paths = _many(Noise(scale=1.0) | GradientDescent(lr=lr), (0.0, 0.0), len(lr), steps)
    late = paths.position[:, steps // 2 :].reshape(len(rates), -1, 2)
    measured = (late**2).mean(axis=1).T
    exact = [stationary_variance(np.asarray(rates), c) for c in CURVATURES.values()]
    curves = [f"{axis}, {what}" for what in ("measured", "closed form") for axis in CURVATURES]
    data = xr.Dataset(
        {
            "variance": (("curve", "rate"), np.vstack([measured, *exact])),
            "ratio": (("axis", "rate"), measured / exact),
        },
        {"curve": curves, "axis": list(CURVATURES), "rate": list(rates)},
    )
    panels = (
        Panel("variance", x="rate", by="curve", log="xy", xlabel="learning rate", title="variance"),
        Panel(
            "ratio", x="rate", by="axis", log="x", xlabel="learning rate", marks=(Mark(1, ""),),
            title="measured over closed form",
        ),
    )  # fmt: skip
    apart = float(np.abs(measured / exact - 1).max())
    slope = np.polyfit(np.log(rates[:3]), np.log(measured[:, :3]).T, 1)[0].mean()
    numbers = {
        "largest relative difference from the closed form": apart,
        "power of the rate that the variance grows with, small rates": float(slope),
    }
    return Chart(data, "The noise floor grows with the learning rate", panels, numbers)


def _many(rule: Rule | str, start: Sequence[float], count: int, steps: int) -> Trace:
    """The runs of a rule on `bowl` from one start, each with draws of its own."""
    run = descend(rule, landscapes.bowl, starts=np.tile(start, (count, 1)), steps=steps)
    assert run.trace is not None
    return run.trace


STUDY = Study(
    id="S14",
    title="Noisy descent and schedules",
    articles=("lecture",),
    about=(
        "A gradient from a small batch is the true one plus noise. With a constant rate, descent "
        "comes near the minimum fast and then shakes around it for ever, the wider the larger "
        "the rate: the noise floor. A falling rate goes below it, if it does not fall so fast "
        "that the run stops on its way. One path shows little of this; hundreds of seeds show it."
    ),
    figures=(
        Figure(
            "without-noise",
            "Three schedules without noise",
            race,
            {"landscape": "bowl", "rules": PLAIN, "steps": 20},
            shows="Without noise the constant rate comes nearest; the exponential decay "
            "stops far from the minimum, the polynomial one nearer.",
            animated=True,
        ),
        Figure(
            "one-seed",
            "Three schedules with noise",
            race,
            {"landscape": "bowl", "rules": NOISY, "steps": 20},
            shows="The same with noise on every gradient: the path with the constant rate is "
            "shaken all the way, the others calm down.",
            animated=True,
        ),
        Figure(
            "many-seeds",
            "Four schedules over many seeds",
            schedules,
            shows="The constant rate settles at its noise floor. The exponential decay stops "
            "above it, too early; the polynomial one and the pieces go below. Each curve is the "
            "mean of 500 seeds, its band the 95% interval of that mean.",
            animated=True,
        ),
        Figure(
            "noise-floor",
            "The noise floor against the learning rate",
            noise_floor,
            shows="The variance around the minimum grows in proportion to a small learning rate, "
            "faster near the largest one, and agrees with its closed form.",
        ),
    ),
    claims=("C42", "C43"),
)

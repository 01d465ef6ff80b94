"""The claim on learning rates that fall: exponentially, or as a power of the step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...rules import Exponential, GradientDescent, Polynomial
from ...studies.chart import Mark
from ...studies.statistics import geometric_interval
from .claim import Claim, Measured
from .experiment import combinations, curves, traced
from .sidebyside import SideBySide

CANYONS = ("bowl", "square_sum", "narrow_canyon")
SCHEDULES = {
    "exponential": lambda eta, decay: Exponential(eta, decay, 1),
    # the lecture's power, and its code's count of the steps, one ahead
    "polynomial": lambda eta, decay: Polynomial(eta, decay, 0.5, 1),
}


def falling_rates(seeds: int = 50, steps: int = 500, names: Sequence[str] = CANYONS) -> Measured:
    """What two ways to let the rate fall leave of the loss, under noise and without."""
    settings = {"eta": (0.025, 0.05, 0.1), "decay": (0.03, 0.1, 0.3)}
    calm, noisy = SideBySide.noisy(names, 0.0), SideBySide.noisy(names)
    start = np.array([ground.start for ground in calm.places])
    alone, grid = combinations(**settings), combinations(**settings, seed=np.arange(seeds))
    lectures = np.flatnonzero((alone["eta"] == 0.1) & (alone["decay"] == 0.1))[0]
    ends, halves, lecture, shown = {}, {}, {}, {}
    for name, schedule in SCHEDULES.items():
        loss = _losses(schedule(alone["eta"], alone["decay"]), calm, start, steps)
        halves[name] = loss[:, -1] / loss[:, steps // 2]
        lecture[name] = float(loss[lectures, min(20, steps), 0])
        loss = _losses(schedule(grid["eta"], grid["decay"]), noisy, start, steps)
        many = loss.reshape(-1, seeds, steps + 1, len(names)).mean(1)
        ends[name], shown[name] = many[:, -1], many[lectures, :, 0]
    ratio = ends["exponential"] / ends["polynomial"]
    figures = {
        **geometric_interval(ratio).named("ratio_under_noise"),
        "settings": ratio.size,
        "settings_in_favour": int((ratio > 1).sum()),
        "exponential_still_falls": float(np.median(halves["exponential"])),
        "polynomial_still_falls": float(np.median(halves["polynomial"])),
        "ratio_in_the_lecture": lecture["exponential"] / lecture["polynomial"],
    }
    chart = curves(
        f"Noisy descent on {names[0]} with a rate that falls from 0.1, mean of {seeds} runs",
        {"step": np.arange(steps + 1)},
        shown,
        "mean loss",
        "y",
        (Mark(20, "steps of the lecture", "x"),),
    )
    return Measured(figures, chart)


def _losses(
    rate: Exponential | Polynomial, field: SideBySide, start: np.ndarray, steps: int
) -> np.ndarray:
    """The loss of every run on every landscape, shape (runs, steps + 1, places)."""
    begin = np.tile(start, (len(rate.initial), 1, 1))
    return field.losses(traced(GradientDescent(rate), field, begin, steps).position)


CLAIMS = (
    Claim(
        id="C43",
        sentence="A rate that falls exponentially brings descent to a halt too early; one that "
        "falls as a power of the step does better.",
        articles=("lecture",),
        experiment="bowl, square_sum and narrow_canyon from the article's starts, first rates "
        "0.025 to 0.1 and decays 0.03 to 0.3, 500 steps: under N(0, 1) on every component of the "
        "gradient, 50 runs each, the mean loss at the end of the exponential rate in units of the "
        "polynomial one's, geometric mean over the settings; without noise the loss at the end in "
        "units of that half way, median over the settings. A halt leaves at least 99 % of it; in "
        "part: only better or only a halt.",
        measure=falling_rates,
        holds="ratio_under_noise_low > 1 "
        "and exponential_still_falls >= 0.99 > polynomial_still_falls",
        in_part="ratio_under_noise_low > 1 "
        "or exponential_still_falls >= 0.99 > polynomial_still_falls",
    ),
)

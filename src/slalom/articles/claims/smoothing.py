"""Claims on smoothing: the gradient averaged over several points ahead, or over past steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...descent import descend
from ...rules import Momentum, Nesterov, Noise, Rule, SmoothedNesterov
from ...studies.statistics import geometric_interval, mean_interval, paired_interval
from .claim import Claim, Measured
from .experiment import bars, combinations, curves, scattered, steps_on, traced
from .sidebyside import SideBySide

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
    grid = combinations(
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


def _tuned(rule: Rule, field: SideBySide, begin: np.ndarray, steps: int, starts: int) -> np.ndarray:
    """What is left of the height with each landscape's best settings, shape (starts, places).

    The lowest point of each of these landscapes is at 0.
    """
    ends = descend(rule, field, starts=begin, steps=steps, path=False).position
    with np.errstate(over="ignore", invalid="ignore"):
        left = np.nan_to_num(field.losses(ends) / field.losses(begin), nan=1.0, posinf=1.0)
    table = np.minimum(left, 1.0).reshape(-1, starts, len(field.places))
    return np.take_along_axis(table, table.mean(1).argmin(0)[None, None], 0)[0]


def leaky_average(seeds: int = 30, steps: int = 1000, names: Sequence[str] = CALM) -> Measured:
    """What a leaky average of gradients, and a larger batch, make of noise."""
    betas, rates = np.array([0.5, 0.75, 0.9, 0.95]), np.array([0.01, 0.02])
    worth = (1 + betas) / (1 - betas)  # the batches whose mean varies as little
    grid = combinations(
        beta=np.arange(len(betas)), way=np.arange(3), lr=rates, seed=np.arange(seeds)
    )
    # one batch, an average of such batches, and one larger batch
    averaged, larger = grid["way"] == 1, grid["way"] == 2
    rule = Noise(scale=np.where(larger, worth[grid["beta"]] ** -0.5, 1.0)) | Momentum(
        grid["lr"], np.where(averaged, betas[grid["beta"]], 0.0), ema=True
    )
    field = SideBySide.noisy(names, 0.0)
    begin = np.zeros((len(grid["lr"]), len(names), 2))  # the minimum of each of them
    way = traced(rule, field, begin, steps).position[:, steps // 2 :]
    loss = field.losses(way).mean(1).reshape(len(betas), 3, len(rates), seeds, -1).mean(3)
    one, average, large = np.moveaxis(loss, 1, 0)
    white = np.random.default_rng(0).normal(size=(2 * steps, 10 * seeds))
    late = [steps_on(Momentum(1.0, beta, ema=True), white)[steps:] for beta in betas]
    variance = np.array([answers.var() for answers in late])
    shares = (average / one).reshape(len(betas), -1)
    figures = {
        "direction_apart": float(np.max(np.abs(variance * worth - 1))),
        **geometric_interval(average / large).named("floor_to_larger_batch"),
        **geometric_interval(average / one).named("floor_to_one_batch"),
    }
    chart = curves(
        "A leaky average of gradients beside a larger batch",
        {"beta of the average": betas},
        {
            "the direction, averaged (and of the larger batch)": variance,
            "the floor of the loss, averaged": np.exp(np.log(shares).mean(1)),
            "the floor of the loss, larger batch": np.exp(
                np.log((large / one).reshape(len(betas), -1)).mean(1)
            ),
        },
        "noise, in units of a single batch's",
        "y",
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C5",
        sentence="To average the look-ahead over several points helps where the objective is "
        "rough, and where gradients are noisy, for the same number of gradients.",
        articles=("habr",),
        experiment="ripple, and three smooth bowls with N(0, 1) on every component of each "
        "gradient that is asked for; 50 random starts, 360 gradients a run: Nesterov with 360 "
        "steps, and the two forms of it with three points with 120. Each with the best of 13 rates "
        "from 1e-4 to 10 and of momentum 0.5, 0.9 and 0.975 on a landscape: what one point leaves "
        "of the height at the start, less what three leave. In part: it helps on one of the two "
        "kinds.",
        measure=averaged_look_ahead,
        holds="rough_gain_low > 0 and noisy_gain_low > 0",
        in_part="rough_gain_low > 0 or noisy_gain_low > 0",
    ),
    Claim(
        id="C59",
        sentence="A leaky average of the gradients does the work of a larger batch, for nothing.",
        articles=("lecture",),
        experiment="three smooth bowls with N(0, 1) on every component of the gradient, averages "
        "of beta 0.5 to 0.95 beside batches (1 + beta)/(1 - beta) times as large, rates 0.01 and "
        "0.02, 30 runs of 1,000 steps from the minimum: how far the variances of the two "
        "directions are apart, and the mean loss over the second half with the average in units of "
        "that with the larger batch (geometric mean). The same work means variances within a "
        "tenth, and a floor at most half as high again; in part: the variances alone.",
        measure=leaky_average,
        holds="direction_apart <= 0.1 and floor_to_larger_batch_high <= 1.5",
        in_part="direction_apart <= 0.1",
    ),
)

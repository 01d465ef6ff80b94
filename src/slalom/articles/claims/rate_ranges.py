"""Claims on how exact a learning rate must be, and how rates differ from rule to rule."""

from __future__ import annotations

import numpy as np

from ... import landscapes
from ...descent import descend
from ...rules import Adagrad, GradientDescent
from ...studies.statistics import geometric_interval, mean_interval, paired_interval, share
from .claim import Claim, Measured
from .experiment import LANDSCAPES, bars, combinations, curves, scattered
from .sidebyside import FAILED, RULES, search, sweep

ADAPTIVE = ("adagrad", "rmsprop", "adadelta")
VISIBLE = 1e-3  # of the height at the start: a loss below it is as good as none


def decades(rates: int = 52, starts: int = 25, names: tuple[str, ...] = LANDSCAPES) -> Measured:
    """How many decades of the rate come within twice the best loss, by rule and landscape."""
    found = sweep(rates, starts, names)
    ratio = float(np.log10(found.rates[1] / found.rates[0]))
    wide = {name: ratio * _within_twice(found.means(name)).sum(-1) for name in RULES}
    more = {name: paired_interval(wide[name], wide["gradient_descent"]) for name in ADAPTIVE}
    figures = {
        **{k: v for name, gain in more.items() for k, v in gain.named(f"{name}_more").items()},
        "descent_decades": float(wide["gradient_descent"].mean()),
        "wider_on": float(np.mean([wide[name] > wide["gradient_descent"] for name in ADAPTIVE])),
    }
    chart = bars(
        f"Rates within twice the best loss, mean of {len(found.grounds)} landscapes",
        {name: mean_interval(values) for name, values in wide.items()},
        "decades of the learning rate",
        each="rule",
        rules=list(wide),
    )
    return Measured(figures, chart)


def _within_twice(means: np.ndarray) -> np.ndarray:
    """Which rates leave at most twice the least; where all leave nearly everything, none."""
    least = np.maximum(means.min(-1, keepdims=True), VISIBLE)
    return means <= np.minimum(2 * least, 0.99 * FAILED)


def best_rates(starts: int = 50, rates: int = 121, steps: int = 100) -> Measured:
    """The best rates of Adagrad and descent on square_sum."""
    ground = landscapes.find("square_sum")
    grid = combinations(lr=np.logspace(-4, 2, rates), start=np.arange(starts))
    begin = np.vstack([ground.start, scattered(ground, starts - 1)])[grid["start"]]
    best, loss = {}, {}
    for cls in (GradientDescent, Adagrad):
        run = descend(cls(grid["lr"]), ground, steps=steps, starts=begin, path=False)
        table = run.loss.reshape(rates, starts)
        table = np.where(table <= 1e300, table, 1e300)  # a run that diverged too
        best[cls.name] = grid["lr"][::starts][table.argmin(0)]
        loss[cls.name] = np.median(table, axis=1)
    factor = best["adagrad"] / best["gradient_descent"]
    figures = {
        **geometric_interval(factor).named("factor"),
        "at_the_articles_start": float(factor[0]),
        "descent": float(np.median(best["gradient_descent"])),
        "adagrad": float(np.median(best["adagrad"])),
        "best_at_the_largest": int((best["adagrad"] == grid["lr"].max()).sum()),
    }
    lines = {name: np.clip(values, 1e-30, 1e3) for name, values in loss.items()}
    chart = curves(
        f"The loss on square_sum after {steps} steps, by learning rate",
        {"learning rate": grid["lr"][::starts]},
        lines,
        "median loss",
        "xy",
        rules=list(lines),
    )
    return Measured(figures, chart)


def others_rates(starts: int = 100, names: tuple[str, ...] = LANDSCAPES) -> Measured:
    """How often a rule fails with the rate that is the best of another."""
    found = search(starts, names)
    count = np.arange(len(found.grounds))
    works = {name: found.tuned(name).mean(-1) <= 0.5 for name in RULES}
    fails = np.full((len(RULES), len(RULES), len(count)), np.nan)
    for i, giver in enumerate(RULES):
        rate = found.means(giver).argmin(-1)
        for j, taker in enumerate(RULES):
            # to end no lower than at the start, from most starts, is to fail
            lost = (found.left[taker][count, rate] >= FAILED).mean(-1) > 0.5
            fails[i, j] = np.where(works[giver] & works[taker], lost, np.nan)
    known = ~np.isnan(fails)
    some = np.nan_to_num(fails).max((0, 1))[known.any((0, 1))] > 0
    figures = {
        **share(some).named("landscapes_with_a_failure"),
        "pairs_that_fail": float(np.nanmean(fails)),
        "failures": int(np.nansum(fails)),
    }
    chart = bars(
        "Rules that run with the best rate of another rule",
        {name: float(np.nanmean(np.delete(fails[:, j], j, 0))) for j, name in enumerate(RULES)},
        "share of failures, over landscapes and other rules",
        each="rule",
        rules=list(RULES),
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C8",
        sentence="Adagrad, RMSProp and Adadelta forgive an inexact learning rate: more decades of "
        "it come near the best result than with plain descent.",
        articles=("habr",),
        experiment=f"{len(LANDSCAPES)} landscapes, each with a known minimum, 25 random starts, "
        "125 steps, 52 rates from 1e-6 to 1e4: the decades of rates whose mean loss (above the "
        "minimum, as a share of the height at the start) is at most twice the least, less those of "
        "descent on the same landscape. Less than a thousandth of the height counts as a "
        "thousandth, and a rate that leaves 99 % does not count. In part: at least one of the "
        "three. The figure wider_on is the share of landscapes, over the three, with more decades "
        "than descent.",
        measure=decades,
        holds="min(adagrad_more_low, rmsprop_more_low, adadelta_more_low) > 0",
        in_part="max(adagrad_more_low, rmsprop_more_low, adadelta_more_low) > 0",
    ),
    Claim(
        id="C25",
        sentence="Adagrad needs a far larger learning rate than plain descent.",
        articles=("notebook",),
        experiment="the landscape square_sum, 100 steps, from the article's start and 49 random "
        "ones, 121 rates from 1e-4 to 1e2: the rate with the lowest last loss of Adagrad in units "
        "of that of descent, geometric mean over the starts. Where the largest rate is the best "
        "one, as mostly with Adagrad, the true one is at least that, and so is the factor. Far "
        "larger means tenfold; in part: larger. The chart cuts losses at 1e-30 and 1,000.",
        measure=best_rates,
        holds="factor_low >= 10",
        in_part="factor_low > 1",
    ),
    Claim(
        id="C31",
        sentence="A learning rate with which one optimizer works can make another one fail.",
        articles=("orbit",),
        experiment=f"seven rules on {len(LANDSCAPES)} landscapes, each with a known minimum, 100 "
        "random starts, 125 steps, 13 rates from 1e-6 to 1e3. A rule works where with its best "
        "rate it comes down by half on average; another that works too fails with that rate where "
        "most starts diverge, leave the map or end no lower than they began. It holds if that "
        "happens on most landscapes; in part: if anywhere.",
        measure=others_rates,
        holds="landscapes_with_a_failure_low > 0.5",
        in_part="failures > 0",
    ),
)

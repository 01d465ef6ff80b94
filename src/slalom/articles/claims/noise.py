"""Claims on noisy gradients: the floor, who is steady near the optimum, what a push can free."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ... import landscapes
from ...descent import descend
from ...rules import GradientDescent, Noise, Piecewise
from ...studies.statistics import geometric_interval, mean_interval, share
from .claim import Claim, Measured
from .experiment import TRAPS, bars, combinations, curves, nearest, scattered, traced
from .sidebyside import RULES, SideBySide

BOWLS = ("simple_quad", "bowl", "square_sum")
CANYONS = ("simple_quad", "bowl", "square_sum", "narrow_canyon", "quadratic")
FLOOR_RATES = (0.0025, 0.005, 0.01, 0.02)
WITHOUT_AVERAGE = ("gradient_descent", "adagrad", "rmsprop", "adadelta")


def steadier(seeds: int = 20, steps: int = 250, names: Sequence[str] = CANYONS) -> Measured:
    """The variance of the last iterates of tuned rules under noise, in units of Adam's."""
    field = SideBySide.noisy(names)
    rates = np.logspace(-4, 2, 13)
    grid = combinations(lr=rates, seed=np.arange(seeds))
    begin = np.stack([scattered(g, seeds) for g in field.places], axis=1)[grid["seed"]]
    last = min(50, steps // 2)
    every, spread = np.arange(len(names)), {}
    for name in (*WITHOUT_AVERAGE, "adam"):
        way = traced(RULES[name](grid["lr"]), field, begin, steps).position[:, -last:]
        shape = (len(rates), seeds, len(names))
        loss = field.losses(way).mean(1).reshape(shape)
        own = way.var(axis=1).sum(-1).reshape(shape)
        best = loss.mean(1).argmin(0)  # one rate for each landscape
        spread[name] = own[best, :, every]
    ratios = {name: geometric_interval(spread[name] / spread["adam"]) for name in WITHOUT_AVERAGE}
    figures = {
        **{k: v for name, ratio in ratios.items() for k, v in ratio.named(name).items()},
        "rules": len(ratios),
        "rules_less_steady": sum(ratio.low > 1 for ratio in ratios.values()),
    }
    chart = bars(
        "The variance of the last 50 iterates under noise, each rule tuned",
        {name: geometric_interval(values) for name, values in spread.items()},
        "variance, geometric mean",
        log="y",
        each="rule",
        rules=list(spread),
    )
    return Measured(figures, chart)


def floor(seeds: int = 100, steps: int = 2000, names: Sequence[str] = BOWLS) -> Measured:
    """The mean loss that descent under noise settles at, by its rate."""
    field = SideBySide.noisy(names)
    rates = np.array(FLOOR_RATES)
    grid = combinations(lr=rates, seed=np.arange(seeds))
    begin = np.zeros((len(grid["lr"]), len(names), 2))  # the minimum of each of them
    way = traced(GradientDescent(grid["lr"]), field, begin, steps).position[:, 1:]
    loss = field.losses(way).reshape(len(rates), seeds, steps, len(names))
    _, _, third, last = np.split(loss[:, :, : steps // 4 * 4], 4, axis=2)
    settled = np.concatenate([third, last], axis=2).mean(2)  # (rates, seeds, names)
    # groups of seeds, because a single run's floor is itself noisy
    groups = settled.reshape(len(rates), max(2, seeds // 10), -1, len(names)).mean(2)
    powers = np.polyfit(np.log(rates), np.log(groups.reshape(len(rates), -1)), 1)[0]
    figures = {
        **mean_interval(powers).named("power"),
        **geometric_interval(last.mean((0, 2)) / third.mean((0, 2))).named("late_to_earlier"),
        "floor_at_smallest_rate": float(settled[0].mean()),
        "floor_at_largest_rate": float(settled[-1].mean()),
    }
    middle = settled.mean(1)
    chart = curves(
        "The floor of noisy descent's loss",
        {"learning rate": rates},
        {
            **{name: middle[:, i] for i, name in enumerate(names)},
            "in proportion to the rate": middle[0].mean() * rates / rates[0],
        },
        "mean loss",
        "xy",
    )
    return Measured(figures, chart)


def freed(seeds: int = 50, steps: int = 1000, traps: Sequence[tuple[str, int]] = TRAPS) -> Measured:
    """Which runs that begin in a local minimum end in another, by the strength of the noise."""
    grounds = [landscapes.find(name) for name, _ in traps]
    pits = [ground.minima[number] for ground, (_, number) in zip(grounds, traps, strict=True)]
    strengths = np.array([0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0])
    grid = combinations(strength=strengths, seed=np.arange(seeds))
    count = len(grid["strength"])
    shaken = Piecewise((grid["strength"], np.zeros(count)), (steps // 2,))
    begin = np.tile([pit.position for pit in pits], (count, 1, 1))
    rule = Noise(scale=shaken) | GradientDescent(np.full(count, 0.02))
    run = descend(rule, SideBySide(tuple(grounds)), starts=begin, steps=steps, path=False)
    out, lower = [], []
    for i, (ground, pit, (_, number)) in enumerate(zip(grounds, pits, traps, strict=True)):
        own = run.position[:, i, : ground.dim]
        left = nearest(ground, own) != number
        out.append(left.reshape(len(strengths), seeds))
        lower.append((left & (ground(own) < pit.value)).reshape(len(strengths), seeds))
    away, deeper = np.concatenate(out, axis=1), np.concatenate(lower, axis=1)
    best = int(deeper.mean(1).argmax())
    figures = {
        **share(away[0]).named("freed_without"),
        **share(deeper[best]).named("freed_to_a_lower"),
        **share(away[best]).named("freed"),
        "best_strength": float(strengths[best]),
    }
    chart = curves(
        "Runs that begin at the bottom of a local minimum, shaken for 500 steps",
        {"standard deviation of the noise": strengths},
        {"end in another minimum": away.mean(1), "end in a lower one": deeper.mean(1)},
        "share of runs",
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C27",
        sentence="Near the optimum Adam is steadier than the rules that do not average the "
        "gradient.",
        articles=("notebook",),
        experiment="five quadratic landscapes with N(0, 1) on every component of the gradient, 20 "
        "random starts, 250 steps; descent, Adagrad, RMSProp, Adadelta and Adam, each with the "
        "rate of 13 from 1e-4 to 1e2 that has the lowest mean loss over the last 50 steps: the "
        "variance of the last 50 iterates around their middle in units of Adam's, geometric mean. "
        "In part: steadier than at least half of them.",
        measure=steadier,
        holds="rules_less_steady == rules",
        in_part="rules_less_steady >= rules / 2",
    ),
    Claim(
        id="C42",
        sentence="With a constant rate noisy descent never settles; it shakes at a floor in "
        "proportion to the rate.",
        articles=("lecture",),
        experiment="descent on simple_quad, bowl and square_sum with N(0, 1) on every component of "
        "the gradient, four rates from 0.0025 to 0.02, 100 runs of 2,000 steps from the minimum "
        "itself: the mean loss over the second half as a power of the rate (over ten groups of "
        "runs on each), and that of the last quarter in units of the quarter before. In proportion "
        "means a power within 0.1 of 1; a run that settles would lose at least a fifth. In part: "
        "the floor only rises with the rate.",
        measure=floor,
        holds="late_to_earlier_high >= 0.8 and abs(power - 1) <= 0.1",
        in_part="late_to_earlier_high >= 0.8 and power_low > 0",
    ),
    Claim(
        id="C58",
        sentence="A perturbation frees a run that sits in a local minimum.",
        articles=("lecture",),
        experiment="descent with rate 0.02 from the very bottom of a local minimum of three "
        "landscapes, 50 runs on each, 500 steps with N(0, s²) on every component of the gradient, "
        "s from 0 to 50, then 500 without: the share of runs that end in another minimum without "
        "noise, and in a lower one with the best s. Frees means at least half of the runs; in "
        "part: more than without.",
        measure=freed,
        holds="freed_without_high < 0.1 and freed_to_a_lower_low >= 0.5",
        in_part="freed_to_a_lower_low > freed_without_high",
    ),
)

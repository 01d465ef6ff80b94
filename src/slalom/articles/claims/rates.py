"""Claims on learning rates too small and too large, and on clipping at a cliff."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ... import landscapes
from ...descent import descend
from ...rules import ClipNorm, GradientDescent, Momentum
from ...studies.chart import Mark
from ...studies.statistics import geometric_interval, share
from .claim import Claim, Measured
from .experiment import around, combinations, curves, steepest, traced

PLACES = ("bowl", "square_sum", "narrow_canyon", "local_minimum", "hills_and_canyon")


def too_small_too_large(
    starts: int = 20, steps: int = 2000, names: Sequence[str] = PLACES
) -> Measured:
    """Steps to settle and turns of descent, over rates in units of the largest stable one."""
    factors = np.array([0.005, 0.015, 0.05, 0.15, 0.5, 0.9, 1.2, 2.0, 4.0])
    grid = combinations(factor=factors, start=np.arange(starts))
    needed, turned = [], []
    for name in names:
        ground = landscapes.find(name)
        minimum = np.array(next(m.position for m in ground.minima if m.is_global))
        begin = around(minimum, 0.5, starts)[grid["start"]]
        rule = GradientDescent(grid["factor"] * 2 / steepest(name))
        way = traced(rule, ground, begin, steps).position
        with np.errstate(invalid="ignore", over="ignore"):
            distance = np.linalg.norm(way - minimum, axis=-1)
            away = ~(distance <= 0.01 * distance[:, :1])  # a run that failed is away too
            move = np.diff(way, axis=1)
            back = (move[:, 1:] * move[:, :-1]).sum(-1) < 0
        settled = ~away[:, -1]
        last_away = steps - away[:, ::-1].argmax(1)
        needed.append(np.where(settled, last_away + 1, np.inf).reshape(len(factors), starts))
        made = np.isfinite(distance).sum(1) - 1
        turned.append((back.sum(1) / np.maximum(made - 1, 1)).reshape(len(factors), starts))
    steps_needed, turns = np.concatenate(needed, axis=1), np.concatenate(turned, axis=1)
    large = factors > 1
    restless = ~np.isfinite(steps_needed[large])
    # a hundredth of the good rate that has not settled at all needs at least one step more
    slow = np.minimum(steps_needed[0], steps + 1) / steps_needed[factors == 0.5][0]
    usable = np.isfinite(slow)
    figures = {
        **geometric_interval(slow[usable]).named("slow_factor"),
        **share(restless).named("never_settles"),
        "turns": float(turns[large].mean()),
        "settles_at_half": share(np.isfinite(steps_needed[factors == 0.5])).value,
    }
    chart = curves(
        "Descent near a minimum, by its learning rate",
        {"learning rate / largest stable one": factors},
        {
            "runs that settle": np.isfinite(steps_needed).mean(1),
            "steps that turn back": turns.mean(1),
        },
        "share",
        "x",
        (Mark(1.0, "largest stable rate", "x"),),
    )
    return Measured(figures, chart)


def at_a_cliff(starts: int = 50, steps: int = 500) -> Measured:
    """Runs from above a cliff, with and without clipping: thrown off the map, and saved."""
    ground = landscapes.find("cliff")
    rng = np.random.default_rng(0)
    above = np.column_stack([rng.uniform(1.02, 2, starts), rng.uniform(-2, 2, starts)])
    grid = combinations(
        limit=(1e12, 1.0),
        momentum=(0.0, 0.9),
        lr=np.logspace(-2, 0.5, 9),
        start=np.arange(starts),
    )
    rule = ClipNorm(limit=grid["limit"]) | Momentum(grid["lr"], grid["momentum"])
    run = descend(rule, ground, steps=steps, starts=above[grid["start"]])
    with np.errstate(invalid="ignore"):
        off = ~(np.abs(run.data.position.values).max(-1) <= 3)
    thrown = off.any(1).reshape(2, 2, 9, starts)
    home = (np.linalg.norm(run.position - ground.minima[0].position, axis=-1) < 0.5).reshape(
        thrown.shape
    )
    (plain, clipped), (safe_plain, safe_clipped) = thrown, home & ~thrown
    figures = {
        **share(plain).named("thrown"),
        **share(clipped).named("thrown_clipped"),
        **share(safe_clipped[plain]).named("saved"),
        **share(safe_plain & ~safe_clipped).named("harmed"),
    }
    chart = curves(
        "Runs that start above a cliff",
        {"learning rate": np.logspace(-2, 0.5, 9)},
        {
            f"{name}, {way}": part[i].mean(1)
            for way, part in (("unclipped", plain), ("clipped to norm 1", clipped))
            for i, name in enumerate(("descent", "momentum 0.9"))
        },
        "share of runs thrown off the map",
        "x",
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C34",
        sentence="A learning rate that is too small makes descent tedious; one that is too large "
        "makes it bounce to and fro without coming to rest.",
        articles=("medium",),
        experiment="the global minima of five landscapes from 20 starts within 0.5, up to 2,000 "
        "steps: the steps that a hundredth of half the largest stable rate (2 over the largest "
        "curvature) needs to come to 1 % of the first distance, in units of those of half of it (a "
        "run that needs more counts as 2,001); and at 1.2, 2 and 4 times the largest stable rate "
        "the share of runs that do not settle, and of steps that turn back. Tedious means tenfold.",
        measure=too_small_too_large,
        holds="slow_factor_low >= 10 and never_settles_low >= 0.9 and turns >= 0.5",
        in_part="slow_factor_low >= 10 or (never_settles_low >= 0.9 and turns >= 0.5)",
    ),
    Claim(
        id="C36",
        sentence="To clip the gradient saves a run that comes to a cliff.",
        articles=("medium",),
        experiment="cliff from 50 starts above its wall, descent and momentum 0.9, nine rates from "
        "0.01 to 3.2, 500 steps, unclipped and clipped to norm 1: the shares of runs that leave "
        "the drawn domain, and of those thrown off it that come within 0.5 of the minimum when "
        "clipped, without leaving. Saves means at least half of them.",
        measure=at_a_cliff,
        holds="saved_low >= 0.5 and thrown_clipped_high < thrown_low",
        in_part="thrown_clipped_high < thrown_low",
    ),
)

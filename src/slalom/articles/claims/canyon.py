"""Claims on canyons: what momentum and RMSProp do across them and along them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ... import landscapes
from ...rules import Momentum, RMSProp
from ...studies.chart import Mark
from ...studies.statistics import geometric_interval, share
from .claim import Claim, Measured
from .experiment import bars, combinations, curves, scattered, traced


def across_and_along(
    rates: int = 40, steps: int = 125, conditions: Sequence[float] = (10.0, 20.0, 100.0)
) -> Measured:
    """Travel across a canyon and progress along it, beside descent at the same rate."""
    grid = combinations(pull=np.linspace(1, 2, rates + 2)[1:-1], momentum=(0.0, 0.5, 0.9))
    calmer: dict[str, list] = {"ball": [], "ema": []}
    farther: dict[str, list] = {"ball": [], "ema": []}
    for condition in conditions:
        ground = landscapes.find("quadratic").of(condition=condition)
        begin = np.tile(ground.start, (len(grid["pull"]), 1))
        for form in calmer:
            rule = Momentum(grid["pull"] / condition, grid["momentum"], ema=form == "ema")
            way = traced(rule, ground, begin, steps).position
            travel = np.abs(np.diff(way[..., 1], axis=1)).sum(1).reshape(rates, 3)
            near = np.abs(way[..., 0]) <= 0.5 * abs(ground.start[0])
            halfway = np.where(near.any(1), near.argmax(1), steps + 1).reshape(rates, 3)
            calmer[form].append(travel[:, 1:] / travel[:, :1])
            farther[form].append(halfway[:, :1] / halfway[:, 1:])
    shares = {
        f"{form}_{name}": share(
            np.array(ratio[form]) < 1 if name == "calmer" else np.array(ratio[form]) > 1
        )
        for form in calmer
        for name, ratio in (("calmer", calmer), ("farther", farther))
    }
    figures = {k: v for name, s in shares.items() for k, v in s.named(name).items()}
    labels = {
        "ball_calmer": "heavy ball: less travel across",
        "ball_farther": "heavy ball: sooner halfway along",
        "ema_calmer": "average: less travel across",
        "ema_farther": "average: sooner halfway along",
    }
    chart = bars(
        "Momentum beside descent in a canyon, at the same rate",
        {labels[name]: s for name, s in shares.items()},
        "share of settings",
        (Mark(0.5, "half"),),
        each="what is compared",
    )
    return Measured(figures, chart)


def steep_and_flat(
    starts: int = 100, steps: int = 20, conditions: Sequence[float] = (5.0, 20.0, 100.0)
) -> Measured:
    """The parts of RMSProp's steps along both axes, in units of descent's at the same places."""
    grid = combinations(lr=(0.01, 0.05, 0.2), start=np.arange(starts))
    steep, flat, lines = [], [], {}
    for condition in conditions:
        ground = landscapes.find("quadratic").of(condition=condition)
        begin = scattered(ground, starts)[grid["start"]]
        way = traced(RMSProp(grid["lr"]), ground, begin, steps).position
        taken, slope = np.diff(way, axis=1), way[:, :-1] * np.array([1.0, condition])
        ratio = np.abs(_unit(taken) / _unit(slope))  # both steps made equally long
        both = np.exp(np.log(ratio).mean(1))
        flat.append(both[:, 0])
        steep.append(both[:, 1])
        for axis, name in enumerate(("flat", "steep")):
            lines[f"{name} direction, condition {condition:g}"] = np.exp(
                np.log(ratio[..., axis]).mean(0)
            )
    figures = {
        **geometric_interval(steep).named("steep"),
        **geometric_interval(flat).named("flat"),
    }
    chart = curves(
        "RMSProp's steps beside descent's of the same length and place",
        {"step": np.arange(1, steps + 1)},
        lines,
        "RMSProp's part / descent's part",
        "y",
        (Mark(1.0, "alike"),),
    )
    return Measured(figures, chart)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


CLAIMS = (
    Claim(
        id="C48",
        sentence="In a canyon momentum lets the pushes across it cancel and those along it add up.",
        articles=("orbit", "medium"),
        experiment="quadratics of condition 10, 20 and 100, 40 rates at which descent swings "
        "across (1 < lr curvature < 2), momentum 0.5 and 0.9, as a heavy ball and as an average, "
        "125 steps beside descent at the same rate: the share of settings with less travel across, "
        "and of those sooner halfway along. In part: one of the two, in one form.",
        measure=across_and_along,
        holds="min(ball_calmer_low, ball_farther_low, ema_calmer_low, ema_farther_low) > 0.5",
        in_part="max(ball_calmer_low, ball_farther_low, ema_calmer_low, ema_farther_low) > 0.5",
    ),
    Claim(
        id="C49",
        sentence="RMSProp takes smaller steps along the steep direction and larger ones along the "
        "flat one.",
        articles=("orbit", "medium"),
        experiment="quadratics of condition 5, 20 and 100 from 100 random starts each, rates 0.01, "
        "0.05 and 0.2, the first 20 steps: the parts of its steps along each axis in units of "
        "those of descent's step of the same length from the same place, geometric mean.",
        measure=steep_and_flat,
        holds="steep_high < 1 and flat_low > 1",
        in_part="steep_high < 1 or flat_low > 1",
    ),
)

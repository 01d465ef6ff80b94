"""Claims on Nesterov and minima: how it dies away in one, and how it loses another."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ... import landscapes
from ...descent import descend
from ...rules import Nesterov
from ...studies.statistics import share
from .claim import Claim, Measured
from .experiment import (
    TRAPS,
    around,
    bars,
    combinations,
    curves,
    in_global,
    nearest,
    scattered,
    second_level,
    traced,
)


def trapped(
    starts: int = 50, steps: int = 1000, traps: Sequence[tuple[str, int]] = TRAPS
) -> Measured:
    """What Nesterov does in a local minimum: turns, speed and distance, for each momentum."""
    momenta = np.array([0.25, 0.5, 0.75, 0.9, 0.975, 0.99, 0.999])
    grid = combinations(momentum=momenta, start=np.arange(starts))
    parts: list[list[np.ndarray]] = [[], [], [], []]
    for name, number in traps:
        ground = landscapes.find(name)
        trap = ground.minima[number].position
        begin = around(trap, 0.2, starts)[grid["start"]]
        rule = Nesterov(np.full(len(begin), 0.01), grid["momentum"])
        trace = traced(rule, ground, begin, steps)
        still = nearest(ground, trace.position[:, -1]) == number
        speed, distance = trace.step_length, np.linalg.norm(trace.position - trap, axis=-1)
        tail = max(1, steps // 10)
        slow = speed[:, -tail:].max(1) <= 0.1 * speed.max(1)
        near = distance[:, -tail:].max(1) <= 0.1 * distance.max(1)
        whirls = turning(trace.position) >= 2 * math.pi
        for kept, part in zip(parts, (still, whirls, slow, near), strict=True):
            kept.append(part.reshape(len(momenta), starts))
    still, *rest = (np.concatenate(part, axis=1) for part in parts)
    names = ("whirling", "slowing", "decaying")
    shares = {
        name: [share(row[here]) for row, here in zip(part, still, strict=True)]
        for name, part in zip(names, rest, strict=True)
    }
    whole = [min(s.value for s in each) >= 0.95 for each in zip(*shares.values(), strict=True)]
    figures = {
        **{f"{name}_least": min(s.value for s in found) for name, found in shares.items()},
        "momenta_that_do_all": float(np.mean(whole)),
        "trapped_runs": int(still.sum()),
    }
    chart = curves(
        "Nesterov caught in a local minimum, 1,000 steps",
        {"momentum": momenta},
        {
            "turns by 360° or more": [s.value for s in shares["whirling"]],
            "slows to a tenth": [s.value for s in shares["slowing"]],
            "comes to a tenth of its distance": [s.value for s in shares["decaying"]],
        },
        "share of trapped runs",
    )
    return Measured(figures, chart)


def turning(position: np.ndarray) -> np.ndarray:
    """By what angle the direction of each path turns in all; positions (runs, steps, 2)."""
    move = np.diff(position, axis=1)
    length = np.linalg.norm(move, axis=-1)
    real = length > 1e-6 * length.max(1, keepdims=True)  # below, it is rounding that turns
    heading = np.arctan2(move[..., 1], move[..., 0])
    turn = np.abs((np.diff(heading, axis=1) + np.pi) % (2 * np.pi) - np.pi)
    return (turn * (real[:, 1:] & real[:, :-1])).sum(1)


MANY_MINIMA = ("hills_and_canyon", "basins_and_walls", "two_minimums", "local_minimum")


def found_and_lost(
    starts: int = 500, steps: int = 1000, names: Sequence[str] = MANY_MINIMA
) -> Measured:
    """Whether runs reach the height of the global minimum and yet end in another one."""
    momenta = np.array([0.25, 0.9, 0.975, 0.99])
    grid = combinations(momentum=momenta, start=np.arange(starts))
    lost = []
    for name in names:
        ground = landscapes.find(name)
        begin = scattered(ground, starts)[grid["start"]]
        rule = Nesterov(np.full(len(begin), 0.01), grid["momentum"], shifted=True)
        run = descend(rule, ground, steps=steps, starts=begin)
        lowest = min(m.value for m in ground.minima)
        reached = run.best_loss <= lowest + 0.05 * (second_level(ground) - lowest)
        lost.append((reached & ~in_global(ground, run.position)).reshape(len(momenta), starts))
    shares = [share(row) for row in np.concatenate(lost, axis=1)]
    large = share(np.concatenate(lost, axis=1)[momenta >= 0.975])
    figures = {
        **large.named("lost_large"),
        **shares[0].named("lost_small"),
        "lost_at_09": shares[1].value,
    }
    chart = bars(
        "Runs that were at the global minimum and ended elsewhere",
        {f"{m:g}": s for m, s in zip(momenta, shares, strict=True)},
        "share of runs",
        each="momentum",
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C20",
        sentence="Once Nesterov sits in a local minimum it whirls around it, loses speed and dies "
        "away within 1,000 steps, whatever its gamma.",
        articles=("habr",),
        experiment="the local minima of three landscapes, 50 starts within 0.2 of each, rate 0.01, "
        "momentum 0.25 to 0.999: the shares of the runs that stay whose path turns by a full "
        "circle, whose speed and whose distance fall to a tenth of their largest. In part: all "
        "three in 19 runs of 20, for at least half of the momenta.",
        measure=trapped,
        holds="min(whirling_least, slowing_least, decaying_least) >= 0.95",
        in_part="momenta_that_do_all >= 0.5",
    ),
    Claim(
        id="C22",
        sentence="With a large gamma a run can come down to the global minimum, climb out again "
        "and never find back.",
        articles=("habr",),
        experiment="Nesterov, rate 0.01, on four landscapes with several minima, 500 random starts "
        "each, 1,000 steps: the share of runs whose loss came to within 5 % of the global minimum "
        "(the next one being 100 %) and that end elsewhere, at momentum 0.975 and above, and at "
        "0.25.",
        measure=found_and_lost,
        holds="lost_large_low > lost_small_high",
        in_part="lost_large > 0",
    ),
)

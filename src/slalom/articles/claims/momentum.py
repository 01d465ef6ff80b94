"""Claims on momentum: how pushes add up, cancel and fade."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ... import landscapes
from ...rules import Momentum, Nesterov
from ...studies.chart import Mark
from ...studies.response import respond
from ...studies.statistics import share
from .claim import Claim, Measured
from .experiment import HABR, SIGNALS, combinations, curves, scattered, steepest, steps_on, traced

HABR_MOMENTA = (0.25, 0.9, 0.975)
VARIED = ("simple_quad", "square_sum", "hills_and_canyon", "wobbly")
BOWLS = ("simple_quad", "bowl", "square_sum", "narrow_canyon")


def piled_up(starts: int = 100, length: int = 300, names: Sequence[str] = HABR) -> Measured:
    """The largest answer or step, in units of the largest single `lr g` of the same run."""
    sweep = [Momentum(lr=0.25, momentum=m) for m in HABR_MOMENTA]
    answers = {name: respond(sweep, name, length=length) for name in SIGNALS}
    signal = [
        np.abs(a.data.answer).max() / (0.25 * np.abs(a.data.gradient).max())
        for a in answers.values()
    ]
    grid = combinations(momentum=HABR_MOMENTA[1:], start=np.arange(starts))
    rule = Momentum(lr=0.01, momentum=grid["momentum"])
    steps = []
    for name in names:
        begin = scattered(landscapes.find(name), starts)[grid["start"]]
        trace = traced(rule, landscapes.find(name), begin)
        longest = np.nanmax(trace.step_length, axis=1)
        steps.append(longest / (0.01 * np.nanmax(trace.gradient_norm, axis=1)))
    figures = {
        "largest_on_signals": float(max(signal)),
        "largest_on_landscapes": float(np.max(steps)),
        "median_on_landscapes": float(np.median(steps)),
        "theoretical_limit": 1 / (1 - HABR_MOMENTA[-1]),
    }
    return Measured(figures, answers["saturation"])


def small_momentum(starts: int = 50, steps: int = 125, names: Sequence[str] = VARIED) -> Measured:
    """How far momentum strays from descent at lr/(1 - momentum), in units of that path's extent."""
    momenta = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9])
    grid = combinations(momentum=momenta, start=np.arange(starts))
    apart = {"momentum": [], "nesterov": []}
    for name in names:
        ground = landscapes.find(name)
        begin = scattered(ground, starts)[grid["start"]]
        plain = Momentum(lr=0.01 / (1 - grid["momentum"]), momentum=0 * grid["momentum"])
        way = traced(plain, ground, begin, steps).position
        extent = np.linalg.norm(way - way[:, :1], axis=-1).max(-1)
        for cls in (Momentum, Nesterov):
            rule = cls(lr=0.01 + 0 * grid["momentum"], momentum=grid["momentum"])
            other = traced(rule, ground, begin, steps).position
            distance = np.linalg.norm(other - way, axis=-1).max(-1) / extent
            apart[cls.name].append(distance.reshape(len(momenta), starts))
    most = {k: np.quantile(np.concatenate(v, axis=1), 0.95, axis=1) for k, v in apart.items()}
    half = {k: np.median(np.concatenate(v, axis=1), axis=1) for k, v in apart.items()}
    constant = steps_on(Momentum(lr=1.0, momentum=0.25), np.ones((steps, 1)))[-1, 0]
    small = momenta <= 0.25
    figures = {
        "momentum_apart": float(most["momentum"][small].max()),
        "nesterov_apart": float(most["nesterov"][small].max()),
        "typically_apart": float(max(half[k][small].max() for k in half)),
        "typically_apart_at_09": float(half["momentum"][-1]),
        "constant_ratio": float(constant * (1 - 0.25)),
    }
    marks = (Mark(0.25, "what counts as small", "x"), Mark(0.1, "a tenth of the path"))
    chart = curves(
        "How far momentum strays from descent at lr/(1 - momentum)",
        {"momentum": momenta},
        most,
        "distance / extent of the path, 95th percentile",
        "y",
        marks,
        rules=list(most),
    )
    return Measured(figures, chart)


def cannot_stop(starts: int = 50, steps: int = 125, names: Sequence[str] = BOWLS) -> Measured:
    """Whether runs pass a bowl's minimum by far, and whether they settle in it."""
    momenta = np.array([0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99])
    grid = combinations(momentum=momenta, start=np.arange(starts))
    passed, unsettled = [], []
    for name in names:
        ground = landscapes.find(name)
        begin = scattered(ground, starts)[grid["start"]]
        rule = Momentum(lr=np.full(len(begin), 0.5 / steepest(name)), momentum=grid["momentum"])
        way = traced(rule, ground, begin, steps).position
        distance = np.linalg.norm(way, axis=-1)
        side = (way * begin[:, None]).sum(-1) / distance[:, :1] ** 2
        passed.append((side.min(1) <= -0.5).reshape(len(momenta), starts))
        unsettled.append((distance[:, -1] > 0.1 * distance[:, 0]).reshape(len(momenta), starts))
    beyond = [share(column) for column in np.concatenate(passed, axis=1)]
    restless = [share(column) for column in np.concatenate(unsettled, axis=1)]
    figures = {
        **beyond[-1].named("passed_large"),
        **restless[-1].named("unsettled_large"),
        **restless[0].named("unsettled_none"),
        "unsettled_at_09": restless[4].value,
    }
    shares = {
        "comes out far beyond the minimum": [s.value for s in beyond],
        "is not settled at the end": [s.value for s in restless],
    }
    chart = curves(
        "Momentum and the minimum of a bowl", {"momentum": momenta}, shares, "share of runs"
    )
    return Measured(figures, chart)


def after_a_turn(length: int = 40) -> Measured:
    """What is left of a velocity after the gradient has changed its sign."""
    settled = 2000
    turned = np.concatenate([np.ones(settled), -np.ones(length)])
    fresh = np.concatenate([np.zeros(settled), -np.ones(length)])
    kept, lost, first, lines = {}, {}, {}, {}
    for momentum in (0.9, 0.975):
        velocity, pushed = steps_on(Momentum(1.0, momentum), np.stack([turned, fresh], axis=1)).T
        carried = velocity - pushed  # the part that the new pushes did not make
        kept[momentum] = int((velocity[settled:] <= 0).argmax())
        lost[momentum] = 1 - carried[settled + 1] / carried[settled]
        first[momentum] = 1 - velocity[settled] / velocity[settled - 1]
        # from the fifth last update before the turn, which is number -4, on
        lines[f"momentum {momentum}"] = velocity[settled - 5 :] / velocity[settled - 1]
    figures = {
        "updates_kept": min(kept.values()),
        "updates_kept_at_0975": kept[0.975],
        "carried_lost_at_09": float(lost[0.9]),
        "carried_lost_at_0975": float(lost[0.975]),
        "speed_lost_at_09": float(first[0.9]),
    }
    chart = curves(
        "A velocity after its gradient turned round",
        {"updates after the turn": np.arange(-4, length + 1)},
        lines,
        "velocity / velocity before",
        marks=(Mark(0.0, "the direction turns"),),
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C1",
        sentence="The velocity that momentum gathers can be many times larger than any one "
        "learning rate times gradient that went into it.",
        articles=("habr",),
        experiment="momentum 0.25, 0.9, 0.975 fed habr's six signals (rate 0.25), and 0.9, 0.975 "
        "(rate 0.01) on habr's five landscapes from 100 random starts: the largest step in units "
        "of the largest single push of that run. Many times means fivefold.",
        measure=piled_up,
        holds="largest_on_signals >= 5 and largest_on_landscapes >= 5",
        in_part="max(largest_on_signals, largest_on_landscapes) >= 5",
    ),
    Claim(
        id="C2",
        sentence="While gamma is small, momentum and Nesterov walk the path of plain descent whose "
        "rate is larger by 1/(1 - gamma).",
        articles=("habr",),
        experiment="rate 0.01 on four landscapes from 50 random starts each: the largest distance "
        "between the two paths in units of the path's extent, at momentum up to 0.25: its 95th "
        "percentile over runs, which the chart shows, and typically, which is the median; at 0.9 "
        "the median alone. The same path means within a tenth. And the final step on a constant "
        "gradient, as a share of lr/(1 - gamma).",
        measure=small_momentum,
        holds="max(momentum_apart, nesterov_apart) <= 0.1 and abs(constant_ratio - 1) <= 0.01",
        in_part="typically_apart <= 0.1",
    ),
    Claim(
        id="C39",
        sentence="Momentum can be so large that a run cannot stop at the minimum it comes to.",
        articles=("medium",),
        experiment="four bowls from 50 random starts each, half the inverse of the largest "
        "curvature as the rate, 125 steps: the share of runs that come out on the far side by half "
        "of their first distance, and of those still farther than a tenth of it at the end, at "
        "momentum 0.99 and 0.",
        measure=cannot_stop,
        holds="passed_large_low > 0.5 and unsettled_large_low > unsettled_none_high",
        in_part="passed_large_low > 0.5 or unsettled_large_low > unsettled_none_high",
    ),
    Claim(
        id="C62",
        sentence="When the gradient turns round, momentum goes on in the old direction for several "
        "updates, while 1 - gamma of what it carries is lost at each.",
        articles=("habr",),
        experiment="gradient 1 until the velocity is settled, then -1, momentum 0.9 and 0.975: the "
        "updates with the new gradient that keep the old direction, and the share lost a step of "
        "the part of the velocity that the new gradients did not make. Several means 3 or more.",
        measure=after_a_turn,
        holds="updates_kept >= 3 and abs(carried_lost_at_09 - 0.1) <= 1e-3 "
        "and abs(carried_lost_at_0975 - 0.025) <= 1e-3",
        in_part="updates_kept >= 3",
    ),
)

"""Claims on looking ahead: where it helps, what it misses, how it is trapped and how it escapes."""

from __future__ import annotations

import numpy as np

from ... import signals
from ...rules import Momentum, Nesterov
from ...signals import Signal
from ...studies.chart import Mark
from ...studies.response import respond
from ...studies.statistics import geometric_interval, share
from .claim import Claim, Measured
from .experiment import bars, curves


def growing_ahead(seeds: int = 50, momentum: float = 0.975) -> Measured:
    """Nesterov's mean answer over the sine's first rise, in units of the heavy ball's."""
    rise = 32  # sin(k/20) grows up to k = 31.4
    rules = [Momentum(0.25, momentum), Nesterov(0.25, momentum)]
    ratios = []
    for seed in range(seeds):
        ball, ahead = respond(rules, "noisy_sine", seed=seed).data.answer.values
        ratios.append(ahead[:rise].mean() / ball[:rise].mean())
    clean = Signal("sine", "sin(k/20)", lambda k, _: np.sin(k / 20))
    ball, ahead = respond(rules, clean).data.answer.values
    # a noisy rise may begin downhill, and then has no ratio of speeds
    usable = np.array(ratios) > 0
    figures = {
        "clean_ratio": float(ahead[:rise].mean() / ball[:rise].mean()),
        **share(np.array(ratios) > 1).named("faster"),
        **geometric_interval(np.array(ratios)[usable]).named("ratio"),
    }
    drawn = 2 * rise  # half a wave; near its last value a signal has nothing to look ahead to
    chart = curves(
        "Answers to a sine without noise",
        {"step": np.arange(drawn)},
        {rule.text(): answers[:drawn] for rule, answers in zip(rules, (ball, ahead), strict=True)},
        "answer",
        marks=(Mark(rise - 1, "end of the first quarter", "x"),),
        rules=[rule.name for rule in rules],
    )
    return Measured(figures, chart)


def overlooked(length: int = signals.LENGTH) -> Measured:
    """How often a whole stretch of opposite sign lies between the rule and where it asks."""
    stretch = 20
    found = {}
    k = np.arange(length)
    for lr in (0.25, 2.5):
        for momentum in (0.25, 0.975):
            rule = Nesterov(lr, momentum)
            [answers] = respond(rule, "rectangles", length=length).data.answer.values
            velocity = np.concatenate([[0.0], answers])[k]
            asked = np.floor((k + momentum * velocity) / stretch)
            found[f"lr {lr:g}, momentum {momentum:g}"] = share(abs(asked - k // stretch) >= 2)
    neither, gamma_alone, eta_alone, both = found.values()
    figures = {
        **both.named("both_large"),
        "gamma_alone": gamma_alone.value,
        "eta_alone": eta_alone.value,
        "neither": neither.value,
    }
    chart = bars(
        "Stretches of opposite sign that a look-ahead passes over",
        found,
        "share of positions",
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C3",
        sentence="Where the derivative grows ahead, as on the rise of a sine, Nesterov at gamma "
        "0.975 gains speed faster than the heavy ball.",
        articles=("habr",),
        experiment="the signal noisy_sine, 50 seeds of it and without its noise, rate 0.25: "
        "Nesterov's mean answer over the first quarter of a wave in units of the heavy ball's.",
        measure=growing_ahead,
        holds="clean_ratio > 1 and faster_low > 0.5 and ratio_low > 1",
        in_part="clean_ratio > 1 or faster_low > 0.5",
    ),
    Claim(
        id="C4",
        sentence="If gamma and eta are both too large, a look-ahead reaches past whole stretches "
        "in which the gradient has the other sign, and does not feel them.",
        articles=("habr",),
        experiment="rectangles, stretches of 20; rate 0.25 and 2.5, momentum 0.25 and 0.975: the "
        "share of positions at which a whole stretch of the other sign lies between the position "
        "and the point at which the rule asks, ahead or, where the velocity is negative, behind. "
        "Both large: a tenth or more; one of them alone: at most one in a hundred.",
        measure=overlooked,
        holds="both_large >= 0.1 and max(gamma_alone, eta_alone, neither) <= 0.01",
        in_part="both_large >= 0.1",
    ),
)

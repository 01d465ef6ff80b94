"""Claims on RMSProp: the level its steps keep, where Adagrad's fade."""

from __future__ import annotations

import numpy as np

from ... import signals
from ...rules import Adagrad, RMSProp
from ...studies.response import respond
from ...studies.statistics import geometric_interval, share
from .claim import Claim, Measured
from .experiment import SIGNALS, bars, curves, states_on, steps_on

PERIOD = 40  # of the square wave


def level(periods: int = 75) -> Measured:
    """The mean size of the answers to a square wave, period by period."""
    wave = signals.find("rectangles").values(0, PERIOD * periods)[:, None]
    lines = {
        "adagrad": _each_period(Adagrad(0.25), wave),
        **{f"rmsprop (decay {d:g})": _each_period(RMSProp(0.25, d), wave) for d in (0.9, 0.975)},
    }
    adagrad, *rmsprop = lines.values()
    third = periods // 3
    t = PERIOD * (np.arange(periods) + 0.5)
    figures = {
        "adagrad_power": float(np.polyfit(np.log(t[third:]), np.log(adagrad[third:]), 1)[0]),
        "adagrad_last_to_first": float(adagrad[-1] / adagrad[0]),
        "rmsprop_change": float(max(abs(r[-1] / r[third] - 1) for r in rmsprop)),
        "rmsprop_level": float(min(r[-1] for r in rmsprop) / 0.25),
    }
    chart = curves(
        "Answers to a square wave, mean size in each period",
        {"step": t},
        lines,
        "size of the answer",
        "xy",
        rules=("adagrad", "rmsprop", "rmsprop"),
    )
    return Measured(figures, chart)


def _each_period(rule, wave: np.ndarray) -> np.ndarray:
    return np.abs(steps_on(rule, wave)).reshape(-1, PERIOD).mean(1)


def denominator(seeds: int = 5, length: int = 2000) -> Measured:
    """How often the denominators grow, and what is left of the updates at the end."""
    given = np.stack(
        [signals.find(name).values(seed, length) for name in SIGNALS for seed in range(seeds)],
        axis=1,
    )
    accumulated = {
        "rmsprop": states_on(RMSProp(0.25), given).E,
        "adagrad": states_on(Adagrad(0.25), given).G,
    }
    moving = np.abs(given) > 0  # without a gradient nothing can be added
    grows = {
        name: share(np.diff(kept, axis=0)[moving[1:]] > 0) for name, kept in accumulated.items()
    }
    left = {}
    for rule in (RMSProp(0.25), Adagrad(0.25)):
        size = np.abs(steps_on(rule, given))
        tenth = length // 10
        left[rule.name] = geometric_interval(size[-tenth:].mean(0) / size[:tenth].mean(0))
    figures = {
        **grows["rmsprop"].named("rmsprop_grows"),
        **left["rmsprop"].named("rmsprop_left"),
        "adagrad_grows": grows["adagrad"].value,
        "adagrad_left": left["adagrad"].value,
    }
    chart = bars(
        "Denominators that grow, and updates that are left after 2,000 steps",
        {
            "RMSProp, denominator grows": grows["rmsprop"],
            "Adagrad, denominator grows": grows["adagrad"],
            "RMSProp, last / first updates": left["rmsprop"],
            "Adagrad, last / first updates": left["adagrad"],
        },
        "share of steps, or of the first updates",
        each="what is counted",
    )
    return Measured(figures, chart)


def uneven_teeth(length: int = signals.LENGTH) -> Measured:
    """The answers to the last small tooth in units of those to the last large one."""
    rules = [RMSProp(0.25, decay, eps=1e-5) for decay in (0.25, 0.9, 0.975)]
    found = respond([*rules, Adagrad(2.5, eps=1e-7)], "uneven_sawtooth", length=length)
    size = np.abs(found.data.answer.values)
    tooth = size[:, : length // 20 * 20].reshape(len(size), -1, 20).mean(2)
    large, dip, last = tooth[:, 3], tooth[:, 4], tooth[:, -1]
    recovered = last / large
    figures = {
        "rmsprop_recovered_least": float(recovered[:-1].min()),
        "rmsprop_recovered_at_09": float(recovered[1]),
        "adagrad_recovered": float(recovered[-1]),
        "rmsprop_dip_at_09": float((dip / large)[1]),
    }
    return Measured(figures, found)


CLAIMS = (
    Claim(
        id="C9",
        sentence="On a square wave Adagrad's updates shrink towards nothing, while those of "
        "RMSProp stay at one level.",
        articles=("habr",),
        experiment="75 periods of the square wave (3,000 steps), rate 0.25: the mean size of the "
        "answers in each period. To nothing means by a power of the step number of -0.25 or "
        "steeper; at a level, that they change by at most 5 % from the end of the first third to "
        "the last period, and are a tenth of the rate or more.",
        measure=level,
        holds="adagrad_power <= -0.25 and rmsprop_change <= 0.05 and rmsprop_level >= 0.1",
        in_part="adagrad_power <= -0.25 or (rmsprop_change <= 0.05 and rmsprop_level >= 0.1)",
    ),
    Claim(
        id="C40",
        sentence="RMSProp's denominator becomes larger with each iteration, so that it may come to "
        "a halt.",
        articles=("medium",),
        experiment="habr's six signals, 5 seeds, 2,000 steps, rate 0.25: the share of the steps "
        "with a gradient at which the accumulated squares grow, and the mean update of the last "
        "tenth in units of the first tenth's, geometric mean. Halted means less than a tenth is "
        "left. Adagrad beside it.",
        measure=denominator,
        holds="rmsprop_grows_low >= 0.99 and rmsprop_left_high <= 0.1",
        in_part="rmsprop_grows_low >= 0.99 or rmsprop_left_high <= 0.1",
    ),
    Claim(
        id="C51",
        sentence="When the teeth of a sawtooth become smaller, RMSProp's steps grow back to what "
        "they were, and Adagrad's do not.",
        articles=("habr",),
        experiment="the signal uneven_sawtooth at habr's settings (RMSProp: rate 0.25, decay 0.25, "
        "0.9, 0.975, eps 1e-5; Adagrad: rate 2.5, eps 1e-7): the mean answer to the last tooth in "
        "units of that to the last large one. Recovered means 90 %, by every decay (in part: by "
        "0.9); not recovered means less than half.",
        measure=uneven_teeth,
        holds="rmsprop_recovered_least >= 0.9 and adagrad_recovered <= 0.5",
        in_part="rmsprop_recovered_at_09 >= 0.9 and adagrad_recovered <= 0.5",
    ),
)

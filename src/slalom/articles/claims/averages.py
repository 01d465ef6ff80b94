"""Claims on exponential averages: what they cover, how they lag, and their bias."""

from __future__ import annotations

import math

import numpy as np

from ...rules import Adam, Momentum
from ...studies.chart import Mark
from ...studies.statistics import mean_interval
from .claim import Claim, Measured
from .experiment import curves, states_on, steps_on

BETAS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)


def window(length: int = 2000) -> Measured:
    """The weight of an average's last 1/(1 - beta) values, and its lag behind a ramp."""
    impulse, ramp = np.zeros(length), np.arange(length, dtype=float)
    impulse[0] = 1.0
    held, lags, lines = {}, {}, {}
    most = 100
    for beta in BETAS:
        rule = Momentum(1.0, beta, ema=True)
        weights, means = steps_on(rule, np.stack([impulse, ramp], axis=1)).T
        held[beta] = weights[: round(1 / (1 - beta))].sum()
        lags[beta] = ramp[-1] - means[-1]
        lines[f"beta {beta:g}"] = np.cumsum(weights)[:most]
    promise = 1 - math.exp(-1)
    off = {beta: abs(weight - promise) for beta, weight in held.items()}
    figures = {
        "weight_off_most": float(max(off.values())),
        "weight_off_from_09": float(max(v for beta, v in off.items() if beta >= 0.9)),
        "weight_at_05": float(held[0.5]),
        "weight_at_09": float(held[0.9]),
        "weight_promised": promise,
        "lag_error": float(max(abs(lag / (b / (1 - b)) - 1) for b, lag in lags.items())),
    }
    chart = curves(
        "The weight of the newest values in an exponential average",
        {"how many of the newest values": np.arange(1, most + 1)},
        lines,
        "share of the whole weight",
        "x",
        (Mark(promise, "1 - 1/e"),),
    )
    return Measured(figures, chart)


def correction_matters(length: int = 2000) -> Measured:
    """The first step at which each of Adam's corrections is below 1.6."""
    state = states_on(Adam(), np.ones((length, 1)))
    factors = {"m": 1 / state.m[:, 0], "v": 1 / state.v[:, 0]}
    figures = {
        f"{name}_steps": int((factor < 1.6).argmax()) + 1 for name, factor in factors.items()
    }
    chart = curves(
        "Adam's bias corrections",
        {"step": np.arange(1, length + 1)},
        {"of m (beta1 0.9)": factors["m"], "of v (beta2 0.999)": factors["v"]},
        "factor",
        "xy",
        (Mark(1.6, "1.6"),),
    )
    return Measured(figures, chart)


def unbiased(seeds: int = 20_000, steps: int = 100) -> Measured:
    """The mean of v, with and without its correction, in units of the mean square gradient."""
    rng = np.random.default_rng(0)
    draws = {
        "normal": (rng.normal(size=(steps, seeds)), 1.0),
        "shifted": (rng.normal(0.5, 1.0, (steps, seeds)), 1.25),
        "uniform": (rng.uniform(-1, 1, (steps, seeds)), 1 / 3),
    }
    times = np.unique(np.geomspace(1, steps, 12).astype(int))  # 11: two of them are step 1
    factor = 1 / (1 - 0.999**times)
    worst, raw, lines = [], [], {}
    for name, (given, square) in draws.items():
        v = states_on(Adam(), given).v[times - 1] / square
        found = [mean_interval(row * f) for row, f in zip(v, factor, strict=True)]
        worst += [max(abs(e.low - 1), abs(e.high - 1)) for e in found]
        raw.append(v[-1].mean() - 1)
        if name == "normal":  # on the others they look the same
            lines = {"v̂": [e.value for e in found], "v": v.mean(1)}
    figures = {"bias_at_most": float(max(worst)), "bias_without": float(max(raw))}
    chart = curves(
        "The mean of v and of v̂ over many runs on normal gradients",
        {"step": times},
        lines,
        "mean / mean square gradient",
        "xy",
        (Mark(1.0, "unbiased"),),
    )
    return Measured(figures, chart)


def skipped(steps: int = 10_000) -> Measured:
    """By what share of itself a step changes where the bias correction is skipped."""
    given = np.random.default_rng(0).normal(size=(steps, 1))
    pairs = {
        "average": [Momentum(1.0, 0.9, ema=True, debias=debias) for debias in (True, False)],
        "adam": [Adam(1.0, eps=0.0, debias=debias) for debias in (True, False)],
    }
    labels = {"average": "average of the gradient", "adam": "Adam"}
    rounding = 1e-9  # positions, whose differences the answers are, grow large
    figures, lines = {}, {}
    for name, rules in pairs.items():
        with_it, without = (steps_on(rule, given)[:, 0] for rule in rules)
        gap = np.abs(without / with_it - 1)
        figures[f"{name}_increases"] = int((np.diff(gap) > rounding).sum())
        figures[f"{name}_at_last"] = float(gap[-1])
        figures[f"{name}_largest"] = float(gap.max())
        lines[labels[name]] = np.where(gap > rounding, gap, np.nan)
    chart = curves(
        "What skipping the bias correction changes in a step",
        {"step": np.arange(1, steps + 1)},
        lines,
        "change / step with the correction",
        "xy",
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C13",
        sentence="Adam's bias correction is felt for some 10 steps in m and for some 1,000 in v: "
        "from then on the factor is below 1.6.",
        articles=("habr",),
        experiment="Adam fed a constant gradient, whose averages are then the inverse of the "
        "corrections: the first step at which each is below 1.6. Some means within a fifth.",
        measure=correction_matters,
        holds="abs(m_steps - 10) <= 2 and abs(v_steps - 1000) <= 200",
        in_part="abs(m_steps - 10) <= 2 or abs(v_steps - 1000) <= 200",
    ),
    Claim(
        id="C15",
        sentence="For gradients whose distribution does not change, the bias correction makes v̂ "
        "right on average: its mean is that of g².",
        articles=("habr",),
        experiment="20,000 runs of 100 steps each on normal, shifted normal and uniform gradients: "
        "the ends of the interval of v̂'s mean that are farthest from the mean square, over 11 "
        "steps from the first to the last. Right means within 5 %, intervals included. Without it: "
        "the bias of v itself at the last step, the smallest of the three.",
        measure=unbiased,
        holds="bias_at_most <= 0.05 and bias_without <= -0.5",
        in_part="bias_at_most < abs(bias_without)",
    ),
    Claim(
        id="C32",
        sentence="The more steps are made, the less it matters that the bias correction is "
        "skipped.",
        articles=("orbit",),
        experiment="an average of the gradient (0.9) and Adam (0.9, 0.999) on 10,000 normal "
        "gradients, with and without the correction: at how many steps the relative difference of "
        "the step grows, and what it is at the end. In part: it grows at times, but ends below 1 "
        "%. A difference below 1e-9 is rounding: there a curve ends.",
        measure=skipped,
        holds="max(average_increases, adam_increases) == 0 and max(average_at_last, adam_at_last) "
        "<= 0.01",
        in_part="max(average_at_last, adam_at_last) <= 0.01",
    ),
    Claim(
        id="C37",
        sentence="An exponential average with beta covers about its last 1/(1 - beta) values, "
        "which hold 1 - 1/e of the weight, and follows a ramp beta/(1 - beta) steps late.",
        articles=("medium",),
        experiment="averages with beta 0.5 to 0.99 fed an impulse and a ramp: the weight of the "
        "newest 1/(1 - beta) values beside 1 - 1/e, and the lag. About means within 0.05 of the "
        "whole weight, for every beta; in part: from 0.9 on.",
        measure=window,
        holds="weight_off_most <= 0.05 and lag_error <= 0.01",
        in_part="weight_off_from_09 <= 0.05 and lag_error <= 0.01",
    ),
)

"""Claims on Adam and its kin: bursts, first steps, square waves, and powers up to infinity."""

from __future__ import annotations

import numpy as np

from ... import signals
from ...rules import Adam, Adamax, AdamLp, ClipValue, RMSProp
from ...studies.chart import Mark
from ...studies.response import respond
from ...studies.statistics import geometric_interval, mean_interval, share
from .claim import Claim, Measured
from .experiment import bars, curves, steps_on

HABR_ADAM = {"eps": 1e-7, "eps_inside": True}  # beside lr = 0.25 and beta2 = 0.999


def bursts(length: int = signals.LENGTH) -> Measured:
    """The share of the answer to a burst that comes at once, and what clipping shifts."""
    every = 60
    shifts = []
    adams = [Adam(0.25, beta1, **HABR_ADAM) for beta1 in (0.9, 0.975)]
    shown = respond([*adams, RMSProp(0.25, eps=1e-5)], "spikes", length=length)
    answers = shown.data.answer.values
    rings = np.abs(answers[:, every : length // every * every]).reshape(len(answers), -1, every)
    at_once = rings[..., 0] / rings.sum(-1)
    for adam, plain in zip(adams, answers, strict=False):
        path = np.cumsum(plain)
        clips = [ClipValue(limit=limit) | adam for limit in (0.5, 0.1, 0.01)]
        clipped = np.cumsum(respond(clips, "spikes", length=length).data.answer.values, axis=1)
        shifts.append(np.abs(clipped - path).max() / np.abs(path).max())
    figures = {
        "at_once_largest": float(at_once[:-1].max()),
        "rmsprop_at_once": float(at_once[-1].min()),
        "clipping_shift": float(max(shifts)),
    }
    return Measured(figures, shown)


POWERS = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 32.0, 64.0, 128.0)


def powers(seeds: int = 20, steps: int = 100) -> Measured:
    """The share of wrong answers in float32, for each power and for the limit."""
    scales = np.logspace(-4, 4, 9)
    given = np.random.default_rng(0).normal(size=(steps, 1, seeds))
    scaled = given * scales[:, None]
    broken = {f"{p:g}": _broken(AdamLp(p=p), given, scaled) for p in POWERS}
    limit = _broken(Adamax(), given, scaled)
    above_two = [broken[f"{p:g}"].value for p in POWERS if p > 2]
    figures = {
        "wrong_in_the_limit": limit.value,
        "wrong_at_p_2": broken["2"].value,
        "wrong_above_p_2_least": min(above_two),
        "wrong_above_p_2_most": max(above_two),
    }
    chart = bars(
        "Answers of Adam of order p in float32 that are wrong by more than 1 %",
        {f"p = {p}": s for p, s in broken.items()} | {"p = ∞": limit},
        "share of answers",
        each="order",
    )
    return Measured(figures, chart)


def _broken(rule, given: np.ndarray, scaled: np.ndarray):
    """Answers do not depend on the gradient's scale: float64 at scale 1 tells the right ones."""
    right = steps_on(rule, given)
    found = steps_on(rule, scaled.astype(np.float32))
    with np.errstate(invalid="ignore"):
        return share(~(np.abs(found - right) <= 0.01 * np.abs(right).max(0)))


def first_steps(seeds: int = 200, steps: int = 300) -> Measured:
    """The first step for gradients of many sizes, and beside the later ones."""
    sizes = np.logspace(-2, 4, 13)
    rules = {"adam": Adam(0.25), "rmsprop": RMSProp(0.25)}
    theory = {"adam": 1.0, "rmsprop": (1 - 0.9) ** -0.5}
    noise = np.random.default_rng(0).normal(size=(steps, seeds))
    figures, lines = {}, {}
    for name, rule in rules.items():
        [first] = steps_on(rule, sizes[None])
        size = np.abs(steps_on(rule, noise))
        figures[f"{name}_deviation"] = float(np.abs(first / 0.25 / theory[name] - 1).max())
        figures[f"{name}_first"] = float(first.mean() / 0.25)
        usual = size[-steps // 3 :].mean(0)
        figures |= geometric_interval(size[0] / usual).named(f"{name}_to_later")
        lines[name] = size.mean(1) / 0.25
    figures["rmsprop_theory"] = theory["rmsprop"]
    chart = curves(
        "The size of the steps on gradients of pure noise",
        {"step": np.arange(1, steps + 1)},
        lines,
        "mean size of a step / learning rate",
        "x",
        (Mark(theory["rmsprop"], "1/√(1 - decay)"), Mark(1.0, "the learning rate")),
        rules=list(lines),
    )
    return Measured(figures, chart)


def in_step(seeds: int = 50, length: int = signals.LENGTH) -> Measured:
    """When the answers to a square wave repeat themselves, and how smooth those to a sine are."""
    period, betas = 40, (0.25, 0.9, 0.975)
    rules = [Adam(0.25, beta, **HABR_ADAM) for beta in betas]
    shown = respond(rules, "rectangles", length=length)
    waves = shown.data.answer.values[:, : length // period * period]
    waves = waves.reshape(len(betas), -1, period)
    gap = np.abs(waves - waves[:, -1:]).max(2) / np.abs(waves[:, -1:]).max(2)
    settled = (gap > 0.1).sum(1)  # periods before the answers are those of the last
    noisy = np.stack([signals.find("noisy_sine").values(s, length) for s in range(seeds)], axis=1)
    rough = [_roughness(steps_on(rule, noisy)) / _roughness(noisy) for rule in rules]
    highs = [mean_interval(ratio) for ratio in rough]
    figures = {
        "periods_most": int(settled.max()),
        "periods_at_09": int(settled[1]),
        **highs[1].named("roughness_at_09"),
        "roughness_most": max(e.high for e in highs),
    }
    return Measured(figures, shown)


def _roughness(values: np.ndarray) -> np.ndarray:
    """The typical change from step to step, in units of the typical size."""
    return np.diff(values, axis=0).std(0) / values.std(0)


CLAIMS = (
    Claim(
        id="C14",
        sentence="After its first step a well-tuned Adam spreads its answer to a burst over many "
        "steps, and clipping the gradient hardly changes its path.",
        articles=("habr",),
        experiment="spikes at habr's settings, beta1 0.9 and 0.975: the largest share of the "
        "answer to a burst (of the 60 steps from it on) that is given in the step of the burst, "
        "the first one left out; and the largest shift of the path when the gradient is clipped to "
        "0.5, 0.1 or 0.01, in units of the path. Not at once means at most a fifth; little, a "
        "tenth.",
        measure=bursts,
        holds="at_once_largest <= 0.2 and clipping_shift <= 0.1",
        in_part="at_once_largest <= 0.2 or clipping_shift <= 0.1",
    ),
    Claim(
        id="C16",
        sentence="Adam of a finite order p fails in floating-point arithmetic, and its limit for p "
        "→ ∞ does not.",
        articles=("habr",),
        experiment="normal gradients times 1e-4 to 1e4, 20 seeds, 100 steps, in float32: the share "
        "of answers that are off by 1 % of the largest from those in float64 at scale 1, on which "
        "they do not depend. Fails means one answer in twenty, at every p above 2 (p = 2 is Adam "
        "itself); in part: at some.",
        measure=powers,
        holds="wrong_in_the_limit == 0 and wrong_above_p_2_least >= 0.05",
        in_part="wrong_in_the_limit == 0 and wrong_above_p_2_most >= 0.05",
    ),
    Claim(
        id="C17",
        sentence="At the beginning Adam and RMSProp step far: in each coordinate by eta and by "
        "eta/sqrt(1 - gamma), however small or large the gradient.",
        articles=("habr",),
        experiment="the first step for gradients from 0.01 to 10,000 at the rules' own eps, and "
        "for 200 seeds of normal noise in units of the mean step 200 to 300 steps later.",
        measure=first_steps,
        holds="max(adam_deviation, rmsprop_deviation) <= 0.01 "
        "and min(adam_to_later_low, rmsprop_to_later_low) > 1",
        in_part="max(adam_deviation, rmsprop_deviation) <= 0.01 "
        "or min(adam_to_later_low, rmsprop_to_later_low) > 1",
    ),
    Claim(
        id="C54",
        sentence="Adam falls into the rhythm of a square wave within its first teeth, and makes a "
        "noisy sine smooth.",
        articles=("habr",),
        experiment="rectangles and noisy_sine (50 seeds) at habr's settings, beta1 0.25, 0.9 and "
        "0.975: how many periods pass before the answers are within a tenth of the last period's, "
        "and how much the answers change from step to step (standard deviations, in units of their "
        "size) beside the gradient. Two periods at most and half as rough, for every beta1; in "
        "part: for 0.9.",
        measure=in_step,
        holds="periods_most <= 2 and roughness_most <= 0.5",
        in_part="periods_at_09 <= 2 and roughness_at_09_high <= 0.5",
    ),
)

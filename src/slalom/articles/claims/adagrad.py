"""Claims on Adagrad: its eps, its root, and a speed for each weight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ... import landscapes, signals
from ...descent import descend
from ...rules import Adagrad
from ...studies.chart import Mark
from ...studies.statistics import mean_interval, share
from .claim import Claim, Measured
from .experiment import HABR, SIGNALS, bars, combinations, curves, scattered, steps_on
from .rarity import RARITIES, force, typical

RATES = np.logspace(-3, 3, 13)


def eps_at_the_start(seeds: int = 5, length: int = 300) -> Measured:
    """By what share eps = 10 shortens the answers, on the first gradients and at the end."""
    early, late, lines = [], {}, {}
    first, last = length // 30, length // 3
    for name in SIGNALS:
        given = np.stack([signals.find(name).values(seed, length) for seed in range(seeds)], axis=1)
        least, most = (np.abs(steps_on(Adagrad(2.5, eps), given)) for eps in (1e-7, 10.0))
        asked = np.abs(given) > 1e-3  # where there is no gradient there is no answer
        gap = np.where(asked, 1 - most / np.where(asked, least, 1), np.nan)
        begin = asked.argmax(0)
        early += [np.nanmean(gap[b : b + first, j]) for j, b in enumerate(begin)]
        late[name] = float(np.nanmean(gap[-last:]))
        last_known = np.maximum.accumulate(np.where(asked[:, 0], np.arange(length), 0))
        lines[name] = gap[last_known, 0]
    figures = {
        **mean_interval(early).named("early_gap"),
        "late_gap_largest": max(late.values()),
        "late_gap_median": float(np.median(list(late.values()))),
    }
    chart = curves(
        "By how much eps = 10 shortens Adagrad's answers, against eps = 1e-7",
        {"step": np.arange(length)},
        lines,
        "share of the answer that eps takes away",
        marks=(Mark(0.05, "5 %"),),
    )
    return Measured(figures, chart)


def without_root(starts: int = 100, steps: int = 125, names: Sequence[str] = HABR) -> Measured:
    """How fast the answers fade, and the losses reached, each with its best of 13 rates."""
    length = 1000
    wave = np.stack([signals.find("rectangles").values(0, length)], axis=1)
    t = np.arange(1, length + 1)
    fade, answers = {}, {}
    for scaling in ("root", "quotient"):
        answers[scaling] = np.abs(steps_on(Adagrad(1.0, scaling=scaling), wave))[:, 0]
        fade[scaling] = np.polyfit(np.log(t), np.log(answers[scaling]), 1)[0]
    grid = combinations(lr=RATES, start=np.arange(starts))
    difference = []
    for name in names:
        ground = landscapes.find(name)
        begin = scattered(ground, starts)[grid["start"]]
        best = {}
        for scaling in fade:
            rule = Adagrad(grid["lr"], scaling=scaling)
            loss = descend(rule, ground, steps=steps, starts=begin, path=False).loss
            loss = np.where(np.isfinite(loss), loss, np.inf).reshape(len(RATES), starts)
            best[scaling] = loss[loss.mean(1).argmin()]
        difference.append(best["quotient"] - best["root"])
    margin = 1e-3  # what counts as a difference, of losses of some units
    figures = {
        "fade_with_root": float(fade["root"]),
        "fade_without_root": float(fade["quotient"]),
        **share(np.array(difference) > margin).named("worse"),
        **share(np.array(difference) < -margin).named("better"),
    }
    chart = curves(
        "Adagrad's answers to a square wave",
        {"step": t},
        {"with the root": answers["root"], "without the root": answers["quotient"]},
        "size of the answer (first one: 1)",
        "xy",
    )
    return Measured(figures, chart)


def in_full_force(seeds: int = 200, length: int = 1000) -> Measured:
    """A rare weight's first update, and its updates beside those of a common one."""
    waits = np.unique([0, length // 100, length // 10, length - 1])
    late = np.zeros((length, len(waits)))
    late[waits, np.arange(len(waits))] = 1.0
    first = np.abs(steps_on(Adagrad(1.0), late)).max(0)
    found = {r: typical(force(Adagrad(1.0), r, 300, seeds)) for r in RARITIES}
    figures = {
        "first_force_least": float(first.min()),
        **found[RARITIES[-1]].named("rare_to_common"),
        "rare_to_common_least": min(e.low for e in found.values()),
    }
    chart = bars(
        "Adagrad's update of a rare weight when it comes, beside a common one's",
        {f"1 in {r}": e for r, e in found.items()},
        "rare / common update",
        (Mark(1.0, "alike"),),
        each="how often the rare weight is seen",
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C6",
        sentence="The eps under Adagrad's root makes a difference at the beginning only.",
        articles=("habr",),
        experiment="habr's six signals, 5 seeds, rate 2.5: by what share eps = 10 shortens the "
        "answers of eps = 1e-7, over the first 10 steps from the first gradient on and over the "
        "last 100 of 300. At the start a tenth or more; later at most 5 % on every signal (in "
        "part: on most of them).",
        measure=eps_at_the_start,
        holds="early_gap_low >= 0.1 and late_gap_largest <= 0.05",
        in_part="early_gap_low >= 0.1 and late_gap_median <= 0.05",
    ),
    Claim(
        id="C7",
        sentence="Divided by the sum of squares instead of its root, Adagrad's updates fade too "
        "soon and it does worse.",
        articles=("habr",),
        experiment="the power of the step number by which answers to a square wave fade over 1,000 "
        "steps; and habr's five landscapes from 100 random starts, each form with the best of 13 "
        "rates from 1e-3 to 1e3: the shares of starts that end higher and lower by 0.001 without "
        "the root. Faster means by at least a quarter of a power.",
        measure=without_root,
        holds="fade_without_root <= fade_with_root - 0.25 and worse_low > better_high",
        in_part="fade_without_root <= fade_with_root - 0.25 or worse_low > better_high",
    ),
    Claim(
        id="C50",
        sentence="When a weight that is seen rarely gets its gradient, Adagrad updates it in full "
        "force.",
        articles=("habr", "notebook"),
        experiment="the first update after a wait of up to 1,000 steps, in units of the rate; and "
        "weights seen in one of 2 to 50 steps, 200 seeds, 300 steps: their update in units of that "
        "of a weight seen always, geometric mean.",
        measure=in_full_force,
        holds="first_force_least >= 0.99 and rare_to_common_least > 1",
        in_part="first_force_least >= 0.99 or rare_to_common_least > 1",
    ),
)

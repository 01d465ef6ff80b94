"""Claims on traps: who stays in a local minimum, what its path looks like, who never gets there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ... import landscapes
from ...descent import descend
from ...rules import Adagrad, RMSProp
from ...rules.value import number
from ...studies.chart import Mark
from ...studies.race import race
from ...studies.statistics import geometric_interval, mean_interval, share
from ..habr import COMPARISON
from .claim import Claim, Measured
from .experiment import (
    OPTIMIZERS,
    TRAPS,
    around,
    bars,
    combinations,
    curves,
    digits_of,
    in_global,
    maker,
    nearest,
    traced,
)


def who_escapes(steps: int = 125) -> Measured:
    """Where the five rules of habr's comparison end on hills_and_canyon."""
    found = race("hills_and_canyon", COMPARISON, steps=steps)
    ground = found.landscape
    ends = found.data.position.isel(step=-1).values
    *others, adam = in_global(ground, ends)
    minima = np.array([m.position for m in ground.minima])
    near = np.linalg.norm(ends[:, None] - minima, axis=-1).min(1) <= 0.5
    local = near & ~np.array([m.is_global for m in ground.minima])[nearest(ground, ends)]
    figures = {
        "adam_in_global": int(adam),
        "others_in_global": int(sum(others)),
        "others_in_local": int(local[:-1].sum()),
        "others": len(others),
    }
    return Measured(figures, found, digits_of(found))


ETAS = (0.05, 0.1, 0.2, 0.4)
EPS = (1e-8, 1e-6, 1e-4, 1e-2, 1.0)
AT_REST = 1e-3  # counts as the spread of a run at rest, whose own has no logarithm


def hedgehogs(
    starts: int = 20, steps: int = 500, traps: Sequence[tuple[str, int]] = TRAPS
) -> Measured:
    """The spread of a trapped run's last iterates, over rates and eps."""
    last = min(100, steps // 2)
    grid = combinations(lr=ETAS, eps=EPS, start=np.arange(starts))
    spreads: dict[str, list] = {"rmsprop": [], "adagrad": []}
    turns = []
    for name, which in traps:
        ground = landscapes.find(name)
        trap = ground.minima[which].position
        begin = around(trap, 0.2, starts)[grid["start"]]
        for rule in (RMSProp(grid["lr"], eps=grid["eps"]), Adagrad(grid["lr"], eps=grid["eps"])):
            way = traced(rule, ground, begin, steps).position[:, -last:]
            stays = (nearest(ground, way) == which).all(1)
            spread = np.linalg.norm(way - way.mean(1, keepdims=True), axis=-1).mean(1)
            shape = (len(ETAS), len(EPS), starts)
            spreads[rule.name].append(np.where(stays, spread, np.nan).reshape(shape))
            if rule.name == "rmsprop":
                turns.append(_back_and_forth(way[stays & (spread > 1e-6)]))
    size = {name: np.maximum(np.concatenate(s, axis=2), AT_REST) for name, s in spreads.items()}
    rmsprop, adagrad = size["rmsprop"], size["adagrad"]
    with_eta = [np.log(rmsprop[-1, e] / rmsprop[0, e]) for e in range(len(EPS))]
    with_eps = [np.log(rmsprop[i, 0] / rmsprop[i, -1]) for i in range(len(ETAS))]
    seen = np.isfinite(rmsprop + adagrad)
    figures = {
        **_growth(with_eta).named("times_with_eta"),
        **_growth(with_eps).named("times_with_small_eps"),
        **_growth([np.log(adagrad / np.where(seen, rmsprop, np.nan))]).named("adagrad_share"),
        "times_from_eps_1e4_to_1e8": float(np.nanmedian(rmsprop[:, 0] / rmsprop[:, 2])),
        **mean_interval(np.concatenate(turns)).named("turning"),
    }
    middle = np.nanmedian(rmsprop, axis=2)
    lines = {
        f"rmsprop (eps {number(eps).removesuffix('.0')})": middle[:, i]
        for i, eps in enumerate(EPS)
        if eps not in (1e-6, 1e-4)  # they would hide the smallest
    }
    lines[f"adagrad (eps {number(EPS[0])})"] = np.nanmedian(adagrad, axis=2)[:, 0]
    chart = curves(
        "The spread of the last iterates in a local minimum",
        {"learning rate": np.array(ETAS)},
        lines,
        "mean distance from their middle",
        "xy",
        (Mark(AT_REST, "the least that counts"),),
        rules=[*["rmsprop"] * (len(lines) - 1), "adagrad"],
    )
    return Measured(figures, chart)


def _growth(logarithms: list[np.ndarray]):
    """The geometric mean of ratios given as logarithms, without runs that did not stay."""
    known = np.concatenate([row.ravel() for row in logarithms])
    return geometric_interval(np.exp(known[np.isfinite(known)]))


def _back_and_forth(way: np.ndarray) -> np.ndarray:
    """The mean cosine between successive steps of each path: -1 is there and back."""
    move = np.diff(way, axis=1)
    length = np.linalg.norm(move, axis=-1)
    return ((move[:, 1:] * move[:, :-1]).sum(-1) / (length[:, 1:] * length[:, :-1])).mean(1)


RATES = np.logspace(-3, 3, 13)


def no_chance(starts: int = 25, steps: int = 125, names: Sequence[str] = OPTIMIZERS) -> Measured:
    """Which optimizers come from the bad start into the deep pit, each with its best rate."""
    ground = landscapes.find("two_minimums")
    begin = np.vstack([ground.start, around(ground.start, 0.2, starts - 1)])
    grid = combinations(lr=RATES, start=np.arange(starts))
    best = {}
    for name in names:
        rule = maker(name)(lr=grid["lr"])
        run = descend(rule, ground, steps=steps, starts=begin[grid["start"]], path=False)
        rows = in_global(ground, run.position).reshape(len(RATES), starts)
        best[name] = share(rows[rows.mean(1).argmax()])
    article = race(ground, COMPARISON, steps=steps)
    figures = {
        "optimizers": len(best),
        "with_a_chance": sum(s.value >= 0.5 for s in best.values()),
        "reach_it_at_all": sum(s.value > 0 for s in best.values()),
        "at_the_articles_settings": int(
            in_global(ground, article.data.position.isel(step=-1).values).sum()
        ),
    }
    chart = bars(
        "Runs from the bad start that end in the deep pit of two_minimums, best of 13 rates",
        best,
        "share of starts",
        (Mark(0.5, "half"),),
        each="rule",
    )
    return Measured(figures, chart, digits_of(article))


CLAIMS = (
    Claim(
        id="C18",
        sentence="In habr's comparison on hills_and_canyon only Adam gets out of the local minima; "
        "the four others end in one.",
        articles=("habr",),
        experiment="the race of the article: five rules at its settings from (-2.8, -2.5), 125 "
        "steps. In a minimum means within 0.5 of it, and for the global one below every other.",
        measure=who_escapes,
        holds="adam_in_global == 1 and others_in_local == others",
        in_part="adam_in_global == 1 and others_in_local >= 2",
    ),
    Claim(
        id="C19",
        sentence="In a trap RMSProp's path bristles like a hedgehog, the larger eta is and the "
        "smaller eps; Adagrad's does not.",
        articles=("habr",),
        experiment="the local minima of three landscapes, 20 starts within 0.2 of each, rates 0.05 "
        "to 0.4, eps 1e-8 to 1, 500 steps, runs that stay: the mean distance of the last 100 "
        "iterates from their middle (less than 0.001 counts as 0.001), at the largest rate in "
        "units of the smallest, at the smallest eps in units of the largest, and Adagrad's in "
        "units of RMSProp's (geometric means); and the mean cosine between successive steps. A "
        "hedgehog turns back at most steps (cosine below -0.5); Adagrad draws none if its spread "
        "is less than a tenth. The chart shows medians; eps 1e-6 and 1e-4 look like 1e-8 and are "
        "left out.",
        measure=hedgehogs,
        holds="turning_high < -0.5 and times_with_eta_low > 1 and times_with_small_eps_low > 1 "
        "and adagrad_share_high < 0.1",
        in_part="turning_high < -0.5 and adagrad_share_high < 0.1",
    ),
    Claim(
        id="C21",
        sentence="From a start that is bad enough no optimizer has a chance to find the global "
        "minimum.",
        articles=("habr",),
        experiment=f"{len(OPTIMIZERS)} optimizers on two_minimums with 13 rates from 1e-3 to 1e3, "
        "from the article's start and 24 within 0.2 of it, 125 steps: how many end in the deep pit "
        "from any of these starts by any rate; in part: some do, but none has a rate at which half "
        "of the starts end there, nor does any of the five rules at the article's settings.",
        measure=no_chance,
        holds="reach_it_at_all == 0 and at_the_articles_settings == 0",
        in_part="with_a_chance == 0 and at_the_articles_settings == 0",
    ),
)

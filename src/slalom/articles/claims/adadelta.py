"""Claims on Adadelta: rare weights from a zero or a big start, and its unit."""

from __future__ import annotations

import numpy as np

from ...rules import Adadelta, Adagrad, RMSProp
from ...studies.chart import Chart, Mark
from .claim import Claim, Measured
from .experiment import curves, steps_on
from .rarity import RARITIES, force, gradients, over_time, typical

BIG = 50.0  # habr's first D


def adadelta(decay: float, start: float = 0.0) -> Adadelta:
    """Adadelta at habr's settings."""
    return Adadelta(1.0, decay, 1e-3, start)


def rare_weights(seeds: int = 200, steps: int = 300) -> Measured:
    """A rare weight's update in units of a common one's, over rarities, for each rule."""
    rules = {
        "adagrad": Adagrad(2.5),
        "rmsprop": RMSProp(0.25, eps=1e-5),
        "zero_start": adadelta(0.9),
        "big_start": adadelta(0.9, BIG),
    }
    ratios = {name: [force(r, p, steps, seeds) for p in RARITIES] for name, r in rules.items()}
    # all rarities of one seed count as one observation: they share its draws
    found = {name: typical(np.concatenate(each)) for name, each in ratios.items()}
    third = steps // 3
    early, late = (
        typical(np.concatenate([each[part] for each in ratios["big_start"]]))
        for part in (slice(third), slice(-third, None))
    )
    figures = {k: v for name, e in found.items() for k, v in e.named(name).items()}
    figures |= {**early.named("big_start_early"), **late.named("big_start_late")}
    chart = curves(
        "The update of a rare weight when it comes, beside a common one's",
        {"one step in": np.array(RARITIES)},
        {
            label: [typical(r).value for r in ratios[name]]
            for name, label in zip(
                rules,
                ("adagrad", "rmsprop", "adadelta (zero start)", "adadelta (big start)"),
                strict=True,
            )
        },
        "rare / common update",
        "xy",
        (Mark(1.0, "alike"),),
        rules=[rule.name for rule in rules.values()],
    )
    return Measured(figures, chart)


DECAYS = (0.9, 0.975, 0.99)
RARE = 60  # seen once in so many steps, as often as a spike of habr's signal
WINDOW = 40


def beside_common(start: float, seeds: int, steps: int) -> dict[float, np.ndarray]:
    """For each decay, a rare weight's update beside a common one's in each window."""
    return {d: over_time(force(adadelta(d, start), RARE, steps, seeds), WINDOW) for d in DECAYS}


def beside_zero_start(seeds: int, steps: int) -> dict[float, np.ndarray]:
    """For each decay, a rare weight's update from the big start beside that from D = 0."""
    given = gradients(RARE, steps, seeds)
    found = {}
    for decay in DECAYS:
        zero, big = (np.abs(steps_on(adadelta(decay, d), given))[:, 1] for d in (0.0, BIG))
        seen = given[:, 1] != 0
        found[decay] = over_time(np.where(seen, big / np.where(seen, zero, 1), np.nan), WINDOW)
    return found


def _lasting(windows: np.ndarray) -> int:
    return WINDOW * int(windows.sum())


def _drawn(
    title: str, found: dict[float, np.ndarray], ylabel: str, bound: float, label: str
) -> Chart:
    middles = WINDOW * (np.arange(len(found[DECAYS[0]])) + 0.5)
    lines = {f"decay {decay:g}": ratio for decay, ratio in found.items()}
    marks = (Mark(bound, label), Mark(1.0, "alike"))
    return curves(title, {"step": middles}, lines, ylabel, "y", marks)


def distrusted(seeds: int = 200, steps: int = 2000) -> Measured:
    """For how many steps a rare weight is moved less than half as far as a common one."""
    found = beside_common(0.0, seeds, steps)
    lasting = {decay: _lasting(ratio < 0.5) for decay, ratio in found.items()}
    figures = {
        "steps_near_one": min(lasting[0.975], lasting[0.99]),
        "steps_at_09": lasting[0.9],
        "least_ratio_near_one": float(min(found[0.975].min(), found[0.99].min())),
    }
    title = f"Adadelta from a zero start: a weight seen in one step of {RARE}"
    return Measured(figures, _drawn(title, found, "rare / common update", 0.5, "half as far"))


def overdone(seeds: int = 200, steps: int = 2000) -> Measured:
    """For how many steps a rare weight is moved more than twice as far as it should be."""
    zero, common = beside_zero_start(seeds, steps), beside_common(BIG, seeds, steps)
    lasting = {decay: _lasting(ratio > 2) for decay, ratio in zero.items()}
    figures = {
        "steps_near_one": min(lasting[0.975], lasting[0.99]),
        "steps_at_09": lasting[0.9],
        "steps_beyond_common": min(_lasting(common[d] > 2) for d in (0.975, 0.99)),
    }
    title = f"Adadelta from a big start: a weight seen in one step of {RARE}"
    chart = _drawn(title, zero, "update / update from D = 0", 2.0, "twice as far")
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C10",
        sentence="Started from D = 0, Adadelta moves rarely seen weights less than common ones, "
        "where Adagrad and RMSProp move them more; started from a large D it does as they do, for "
        "a time.",
        articles=("habr",),
        experiment="gradients of ±1, one weight seen always and one in one of 2 to 50 steps, 200 "
        "seeds, 300 steps, habr's settings (Adadelta: decay 0.9, eps 0.001, first D 0 or 50): the "
        "rare weight's update when it comes in units of the common one's, geometric mean. Up to a "
        "limit: from the big start it is smaller in the last third than in the first.",
        measure=rare_weights,
        holds="min(adagrad_low, rmsprop_low, big_start_low) > 1 and zero_start_high < 1 "
        "and big_start_late_high < big_start_early_low",
        in_part="min(adagrad_low, rmsprop_low) > 1 and (zero_start_high < 1 "
        "or big_start_early_low > 1)",
    ),
    Claim(
        id="C12",
        sentence="With gamma close to 1 and D = 0 at the start, Adadelta distrusts rarely seen "
        "weights for a long time.",
        articles=("habr",),
        experiment="a weight seen in one step of 60 (as often as a spike) beside one seen always, "
        "200 seeds, 2,000 steps, eps 0.001: in how many of these steps (in windows of 40) its "
        "update is less than half of the common one's, with decay 0.975 and 0.99 (the fewer "
        "counts), and 0.9. Long means 100 steps, and twice those of 0.9.",
        measure=distrusted,
        holds="steps_near_one >= 100 and steps_near_one >= 2 * steps_at_09",
        in_part="steps_near_one >= 100",
    ),
    Claim(
        id="C53",
        sentence="With gamma close to 1 and a big D at the start, Adadelta goes on moving rarely "
        "seen weights too far for a long time.",
        articles=("habr",),
        experiment="a weight seen in one step of 60 (as often as a spike) beside one seen always, "
        "200 seeds, 2,000 steps, eps 0.001, from D = 50, decay 0.975 and 0.99 (the fewer counts), "
        "and 0.9: in how many of these steps (in windows of 40) its update is more than twice that "
        "from D = 0, and more than twice a common weight's. Too far is both; in part: the first "
        "alone. Long means 100 steps, and twice those of 0.9.",
        measure=overdone,
        holds="min(steps_near_one, steps_beyond_common) >= 100 "
        "and steps_near_one >= 2 * steps_at_09",
        in_part="steps_near_one >= 100 and steps_near_one >= 2 * steps_at_09",
    ),
)

"""Claims on tuned rules: which does best, how often, and after how many tries."""

from __future__ import annotations

import math

import numpy as np

from ...studies.chart import Mark
from ...studies.statistics import mean_interval, paired_interval, share
from .claim import Claim, Measured
from .experiment import LANDSCAPES, bars, curves, in_global
from .sidebyside import FAILED, RULES, Search, search

ALIKE = 1e-6  # of the height at the start: runs that end nearer to each other are a draw
CLEARLY = 0.01  # likewise: less than this nobody sees in a picture


def less_tuning(starts: int = 100, names: tuple[str, ...] = LANDSCAPES) -> Measured:
    """What is left on average by each rule when some of the 13 rates are tried."""
    found = search(starts, names)
    after = {name: after_tries(found.means(name)) for name in RULES}
    middle = {name: tries.mean(0) for name, tries in after.items()}
    others = [name for name in RULES if name != "adam"]
    rival = min(others, key=lambda name: middle[name][0])
    lead = paired_interval(after[rival][:, 0], after["adam"][:, 0])
    best = np.min([middle[name] for name in others], axis=0)
    figures = {
        "budgets": len(best),
        "budgets_led": int((middle["adam"] < best).sum()),
        **lead.named("lead_at_one_try"),
        "adam_at_one_try": float(middle["adam"][0]),
        "adam_fully_tuned": float(middle["adam"][-1]),
        "best_other_fully_tuned": float(best[-1]),
    }
    chart = curves(
        "The best of some rates tried at random, mean over all landscapes",
        {"rates tried": np.arange(1, len(best) + 1)},
        middle,
        "share of the height that is left",
        rules=list(middle),
    )
    return Measured(figures, chart)


def after_tries(means: np.ndarray) -> np.ndarray:
    """The expected least of k of n values drawn without repetition, k from 1 to n.

    The i-th smallest is the least of k where the k - 1 others are among the n - i above it.

    Args:
        means: shape (…, n).
    """
    n = means.shape[-1]
    ordered = np.sort(means, axis=-1)
    weights = [
        [math.comb(n - i, k - 1) / math.comb(n, k) for i in range(1, n + 1)]
        for k in range(1, n + 1)
    ]
    return ordered @ np.array(weights).T


def better_than_descent(starts: int = 100, names: tuple[str, ...] = LANDSCAPES) -> Measured:
    """How often momentum ends lower than descent from the same start, each tuned."""
    found = search(starts, names)
    gain = found.tuned("gradient_descent") - found.tuned("momentum")
    apart = np.abs(gain) > ALIKE
    differing = apart.any(1)
    by_ground = (gain > ALIKE).sum(1)[differing] / apart.sum(1)[differing]
    known = [found.grounds[i].name for i in np.flatnonzero(differing)]
    figures = {
        **mean_interval(by_ground).named("better"),
        "draws": float(1 - apart.mean()),
        "landscapes": len(gain),
        "landscapes_that_decide": len(by_ground),
        "landscapes_mostly_better": int((by_ground > 0.5).sum()),
    }
    chart = bars(
        "Starts from which momentum ends lower than descent, each with its best rate",
        dict(zip(known, by_ground.tolist(), strict=True)),
        "share of the starts that are no draw",
        (Mark(0.5, "even"),),
        each="landscape",
    )
    return Measured(figures, chart)


def finds_the_global(starts: int = 100, names: tuple[str, ...] = LANDSCAPES) -> Measured:
    """The share of a grid of starts from which each rule ends in a global minimum."""
    found = search(starts, names, gridded=True)
    several = [i for i, g in enumerate(found.grounds) if any(not m.is_global for m in g.minima)]
    shares = {name: np.array([_best_share(found, name, i) for i in several]) for name in RULES}
    leads = {
        name: paired_interval(shares["adam"], other)
        for name, other in shares.items()
        if name != "adam"
    }
    figures = {
        "landscapes": len(several),
        "adam": float(shares["adam"].mean()),
        **leads["gradient_descent"].named("lead_over_descent"),
        **leads["momentum"].named("lead_over_momentum"),
        "least_lead": min(lead.value for lead in leads.values()),
        "least_lead_low": min(lead.low for lead in leads.values()),
    }
    chart = bars(
        f"Runs that end in a global minimum, mean of {len(several)} landscapes with others",
        {name: mean_interval(values) for name, values in shares.items()},
        "share of the starts, best of 13 rates",
        each="rule",
        rules=list(shares),
    )
    return Measured(figures, chart)


def _best_share(found: Search, name: str, number: int) -> float:
    ground = found.grounds[number]
    reached = in_global(ground, found.ends[name][number][..., : ground.dim])
    # nearest to the global minimum and below the others, but also still on the map
    return float((reached & (found.left[name][number] < FAILED)).mean(-1).max())


def best_everywhere(starts: int = 100, names: tuple[str, ...] = LANDSCAPES) -> Measured:
    """For each rule, on how many landscapes it is clearly beaten by another, each tuned."""
    found = search(starts, names)
    tuned = {name: found.tuned(name) for name in RULES}
    count = range(len(found.grounds))
    beaten = {name: np.array([_beaten(tuned, name, i) for i in count]) for name in RULES}
    means = np.array([tuned[name].mean(-1) for name in RULES])
    first = (means <= means.min(0) + ALIKE).sum(1)
    figures = {
        "rules": len(RULES),
        "rules_clearly_beaten": sum(bool(lost.any()) for lost in beaten.values()),
        "landscapes": len(found.grounds),
        "most_first_places": int(first.max()),
        "least_landscapes_beaten": int(min(lost.sum() for lost in beaten.values())),
    }
    chart = bars(
        "Landscapes on which another rule ends clearly lower, each with its best rate",
        {name: share(lost) for name, lost in beaten.items()},
        f"share of {len(found.grounds)} landscapes",
        each="rule",
        rules=list(beaten),
    )
    return Measured(figures, chart)


def _beaten(tuned: dict[str, np.ndarray], name: str, number: int) -> bool:
    own = tuned[name][number]
    return any(
        paired_interval(own, other[number]).low > CLEARLY
        for rival, other in tuned.items()
        if rival != name
    )


def a_leap(starts: int = 100, names: tuple[str, ...] = LANDSCAPES) -> Measured:
    """What RMSProp, descent and momentum leave of the height, each with its best rate."""
    found = search(starts, names)
    left = {
        name: found.tuned(name).mean(-1) for name in ("gradient_descent", "momentum", "rmsprop")
    }
    figures = {
        **paired_interval(left["gradient_descent"], left["rmsprop"]).named("gain_over_descent"),
        **paired_interval(left["momentum"], left["rmsprop"]).named("gain_over_momentum"),
        "rmsprop": float(left["rmsprop"].mean()),
        "better_of_the_others": float(
            min(left["gradient_descent"].mean(), left["momentum"].mean())
        ),
        "landscapes_won": int(
            (left["rmsprop"] < np.minimum(left["gradient_descent"], left["momentum"])).sum()
        ),
    }
    chart = bars(
        f"What is left of the height after 125 steps, mean of {len(found.grounds)} landscapes",
        {name: mean_interval(values) for name, values in left.items()},
        "share of the height, best of 13 rates",
        each="rule",
        rules=list(left),
    )
    return Measured(figures, chart)


EVERYWHERE = (
    f"{len(LANDSCAPES)} landscapes, each with a known minimum, 100 random starts on each, 125 "
    "steps, learning rates 1e-6 to 1e3 in 13 equal ratios, the other settings at their defaults "
    "(momentum 0.9)"
)
LEFT = (
    "What is left is the height above the lowest minimum at the end, as a share of that at the "
    "start; a run that fails or ends off the map leaves all of it."
)

CLAIMS = (
    Claim(
        id="C23",
        sentence="Of all rules Adam gives the best result for the least tuning.",
        articles=("habr",),
        experiment=f"seven rules on {EVERYWHERE}. For every number of tries from 1 to 13 the "
        "expected best of so many rates drawn at random, mean over the landscapes, and the lead of "
        f"Adam over the best other rule at a single try. {LEFT} In part: Adam leads for at least "
        "half of the numbers of tries.",
        measure=less_tuning,
        holds="budgets_led == budgets and lead_at_one_try_low > 0",
        in_part="budgets_led >= budgets / 2",
    ),
    Claim(
        id="C38",
        sentence="Momentum nearly always does better than plain descent.",
        articles=("medium",),
        experiment=f"descent and momentum on {EVERYWHERE}, each with the best of the rates on a "
        "landscape: the share of starts from which momentum ends lower, among those where the two "
        "differ by more than a millionth of the height, mean over the landscapes that decide: "
        "where all starts are a draw there is no such share. Nearly always means nine times of "
        f"ten; in part: more often than not. {LEFT}",
        measure=better_than_descent,
        holds="better_low >= 0.9",
        in_part="better_low > 0.5",
    ),
    Claim(
        id="C47",
        sentence="Adam rolls past local minima like a heavy ball with friction, and so finds the "
        "global one more often than other rules.",
        articles=("lecture",),
        experiment=f"those of {len(LANDSCAPES)} landscapes that have a minimum which is not "
        "global, 100 starts on a square grid, 125 steps, each of seven rules with the best of 13 "
        "rates on a landscape: the share of starts that end nearest to a global minimum and below "
        "every other one. In part: more often than plain descent, if not than every rule.",
        measure=finds_the_global,
        holds="least_lead_low > 0",
        in_part="lead_over_descent_low > 0",
    ),
    Claim(
        id="C52",
        sentence="No rule is the best everywhere.",
        articles=("notebook",),
        experiment=f"seven rules on {EVERYWHERE}, each with the best rate on a landscape. A rule "
        "is clearly beaten where another leaves less by more than a hundredth of the height, as an "
        f"interval over the starts has it. {LEFT} In part: not all rules are clearly beaten "
        "somewhere, but none takes first place everywhere.",
        measure=best_everywhere,
        holds="rules_clearly_beaten == rules",
        in_part="most_first_places < landscapes",
    ),
    Claim(
        id="C56",
        sentence="RMSProp is a leap beyond what came before it, plain descent and momentum.",
        articles=("medium",),
        experiment=f"the three rules on {EVERYWHERE}, each with the best rate on a landscape. "
        f"{LEFT} A leap means at most half of what the better of the two leaves, and less on "
        "average over the landscapes than each of them; in part: only less.",
        measure=a_leap,
        holds="min(gain_over_descent_low, gain_over_momentum_low) > 0 "
        "and rmsprop <= 0.5 * better_of_the_others",
        in_part="min(gain_over_descent_low, gain_over_momentum_low) > 0",
    ),
)

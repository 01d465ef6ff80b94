"""Estimates with their intervals, all of 95 %."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from ..errors import SlalomError

LEVEL = 0.95


class Estimate(NamedTuple):
    """An estimate, and the ends of its interval."""

    value: float
    low: float
    high: float

    def named(self, name: str) -> dict[str, float]:
        """The figures `name`, `name_low` and `name_high`."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}


def share(successes: Any) -> Estimate:
    """The share of successes among independent trials, with Wilson's score interval.

    Args:
        successes: booleans of any shape, at least one.

    Raises:
        SlalomError: there are none.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    successes = np.asarray(successes, dtype=bool).ravel()
    if not successes.size:
        raise SlalomError("a share needs at least one trial")
    k, n = int(successes.sum()), successes.size
    low, high = stats.binomtest(k, n).proportion_ci(LEVEL, method="wilson")
    return Estimate(k / n, float(low), float(high))


def mean_interval(values: Any) -> Estimate:
    """The mean of independent values, with Student's interval.

    Args:
        values: finite numbers of any shape, at least two.

    Raises:
        SlalomError: fewer than two, or one that is not finite.
    """
    values = np.asarray(values, dtype=float).ravel()
    if values.size < 2 or not np.isfinite(values).all():
        raise SlalomError("the interval of a mean needs at least two values, all finite")
    error = values.std(ddof=1) / values.size**0.5
    half = float(stats.t.ppf((1 + LEVEL) / 2, values.size - 1) * error)
    mean = float(values.mean())
    return Estimate(mean, mean - half, mean + half)


def geometric_interval(values: Any) -> Estimate:
    """The geometric mean of independent positive values: `mean_interval` of their logarithms."""
    return Estimate(*(float(np.exp(v)) for v in mean_interval(np.log(values))))


def paired_interval(first: Any, second: Any) -> Estimate:
    """The mean of `first - second`, two values of each independent trial."""
    return mean_interval(np.asarray(first, dtype=float) - np.asarray(second, dtype=float))

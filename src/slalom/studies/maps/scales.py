"""Values of a hyperparameter to try, spaced as suits it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import SlalomError, unknown
from ...rules import Rule, chain, settings, with_settings
from ...rules.value import Interval, own_fields

Range = tuple[float, float]
RATE, SMALL, SHARE, OTHER = (1e-4, 10.0), (1e-12, 1.0), (0.0, 0.999), (0.01, 10.0)
"""What is tried of a learning rate, an eps, a share such as a decay, and anything else."""


def varied(
    rule: Rule, vary: Mapping[str, Range | None] | Sequence[str] | None, count: int = 2
) -> dict[str, Range]:
    """The hyperparameters to vary and their ranges, those that are not given chosen well.

    Args:
        rule: whose hyperparameters.
        vary: names, as in `slalom.rules.settings`, perhaps with (low, high).
        count: how many are wanted.

    Raises:
        SlalomError: not so many, a name that the rule does not have, or a range not allowed.
    """
    known = [name for name, value in settings(rule).items() if _is_number(value)]
    given = dict(vary) if isinstance(vary, Mapping) else dict.fromkeys(vary or ())
    for name in given:
        if name not in known:
            raise SlalomError(f"{rule.name}: {unknown('number to vary', name, known)}")
    for name in known:
        if len(given) < count:
            given.setdefault(name, None)
    if len(given) != count:
        raise SlalomError(
            f"{rule.name}: {count} hyperparameters must be varied, got {len(given)} "
            f"({', '.join(given) or 'it has none'})"
        )
    return {name: _range(rule, name, limits) for name, limits in given.items()}


def values(rule: Rule, name: str, limits: Range, size: int) -> np.ndarray:
    """`size` values from low to high: evenly in `1 - value` of shares, in decades, or evenly."""
    low, high = limits
    if scale(rule, name, limits) == "share":
        return 1 - np.geomspace(1 - low, 1 - high, size)
    if scale(rule, name, limits) == "log":
        return np.geomspace(low, high, size)
    return np.linspace(low, high, size)


def scale(rule: Rule, name: str, limits: Range) -> str:
    """How the values of a range are spaced: `share`, `log` or `linear`."""
    low, high = limits
    if _within(rule, name).high == 1 and 0.9 < high < 1:
        return "share"
    return "log" if low > 0 and high / low >= 10 else "linear"


def _range(rule: Rule, name: str, limits: Range | None) -> Range:
    if limits is None:
        within = _within(rule, name)
        if within.high == 1:
            return SHARE
        return RATE if name == "lr" else SMALL if name == "eps" else OTHER
    low, high = (float(limit) for limit in limits)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise SlalomError(f"{name} must go from a low to a high number, got {low:g} to {high:g}")
    for limit in (low, high):
        with_settings(rule, {name: limit})  # says so where it is out of range
    return low, high


def _within(rule: Rule, name: str) -> Interval:
    everything = Interval(-math.inf, math.inf, False, False)
    for link in reversed(chain(rule)):
        for field in own_fields(link):
            if field.name == name.rpartition(".")[2]:
                return field.metadata.get("within", everything)
    return everything


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

"""Bands: many seeds as one curve and the interval around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .statistics import Estimate, mean_interval


def band(
    values: Any,
    name: str,
    dims: Sequence[str],
    estimate: Callable[[Any], Estimate] = mean_interval,
) -> dict[str, tuple[Sequence[str], np.ndarray]]:
    """The variables `name`, `name_low` and `name_high` of a chart.

    Args:
        values: of shape (..., seeds), at least two seeds; a place where one is not finite
            has no estimate, and is NaN.
        name: of the variable.
        dims: the names of the axes before that of the seeds.
        estimate: from the seeds' values at one place to an estimate.
    """
    values = np.asarray(values, dtype=float)
    found = np.full((*values.shape[:-1], 3), np.nan)
    for place in np.ndindex(values.shape[:-1]):
        if np.isfinite(values[place]).all():
            found[place] = estimate(values[place])
    return {name + end: (dims, found[..., i]) for i, end in enumerate(("", "_low", "_high"))}

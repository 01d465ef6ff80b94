"""Which contours to draw of a landscape that does not say."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import MaxNLocator

COUNT = 18
FILLED_COUNT = 14


def chosen(heights: np.ndarray, log: bool = False, count: int = COUNT) -> np.ndarray:
    """Levels for these heights, ascending; about `count`, at least one.

    Evenly spaced where the heights are spread evenly, denser at the bottom where most of the
    domain lies low, and in equal ratios where `log` and all heights are above 0.
    """
    finite = heights[np.isfinite(heights)]
    if not finite.size:
        return np.array([0.0])
    low, high = float(finite.min()), float(finite.max())
    if not low < high:
        return np.array([low])
    if log and low > 0:
        return np.geomspace(low, high, count + 2)[1:-1]
    middle = (float(np.median(finite)) - low) / (high - low)
    if middle > 0.2:
        return np.asarray(MaxNLocator(count).tick_values(low, high))
    # the power that puts the middle level at the median height
    power = min(np.log(max(middle, 1e-6)) / np.log(0.5), 6.0)
    return rounded(low + (high - low) * np.linspace(0, 1, count + 2)[1:-1] ** power)


def rounded(levels: np.ndarray) -> np.ndarray:
    """The levels with as few digits as keep them apart, so that they read well as labels."""
    step = np.diff(levels, prepend=2 * levels[0] - levels[1])
    unit = 10.0 ** np.floor(np.log10(step))
    return np.unique(np.round(levels / unit) * unit)

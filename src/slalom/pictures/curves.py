"""Curves against the step: the loss of each rule, or the norm of its gradient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..digits import shown
from .looks import Look
from .page import key, plain
from .trails import Trail, trail, visible

DECADES = 2  # a span of more than these is drawn on a logarithmic scale
SQUEEZED = 4  # spans of the curves: a minimum farther below them would leave them no room
FLOOR = 1e-16  # of the largest value; below, nothing can be told from rounding


def draw_curves(
    axes: Axes,
    name: str,
    values: np.ndarray,
    looks: Sequence[Look],
    labels: Sequence[str],
    failed: Sequence[bool],
    level: float | None = None,
    rounding: np.ndarray | None = None,
) -> list[Trail]:
    """One curve a rule, with the axes to suit.

    Args:
        axes: the panel.
        name: what the values are, the label of the axis.
        values: shape (rule, step); after the end of a run NaN.
        looks: one for each rule, as are the labels.
        labels: the rules.
        failed: which runs diverged or left the domain.
        level: the value of the global minimum, drawn as a thin line; None where not known.
        rounding: booleans of shape (rule, step): which steps are rounding, drawn lighter.
    """
    plain(axes, "step", name)
    axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10], integer=True))
    _set_limits(axes, _worth_showing(values, np.array(failed)), values.shape[1] - 1, level)
    if level is not None and level > axes.get_ylim()[0]:
        text = f"global minimum {shown(level, 4)}"
        key(axes, [axes.axhline(level, color="#8a8a8a", linewidth=0.9, zorder=2, label=text)])
    steps = np.arange(values.shape[1], dtype=float)
    lowest = np.min(values, where=np.isfinite(values), initial=axes.get_ylim()[0])
    box = (axes.get_xlim(), (lowest, axes.get_ylim()[1]))  # below, the axes may clip
    trails = []
    for index, (look, label) in enumerate(zip(looks, labels, strict=True)):
        points = np.column_stack([steps, values[index]])
        kept = visible(points, box)
        if len(kept):
            off = None if rounding is None else rounding[index]
            trails.append(trail(axes, kept, look, failed[index], label, index, off))
    return trails


def _set_limits(axes: Axes, kept: np.ndarray, last: int, level: float | None) -> None:
    """Limits that hold the values, on a logarithmic scale where they span decades."""
    axes.set_xlim(-0.02 * max(last, 1), 1.02 * max(last, 1))
    if level is not None and kept.size and level > kept.max() - SQUEEZED * np.ptp(kept):
        kept = np.append(kept, level)
    low, high = (float(kept.min()), float(kept.max())) if kept.size else (0.0, 1.0)
    positive = kept[kept > 0]
    if low >= 0 and positive.size and high > 10**DECADES * positive.min():
        floor = max(float(positive.min()), FLOOR * high)
        pad = (high / floor) ** 0.06
        axes.set_yscale("log")
        axes.set_ylim(floor / pad, high * pad)
    else:
        pad = 0.06 * (high - low or abs(high) or 1.0)
        axes.set_ylim(low - pad, high + pad)


def _worth_showing(values: np.ndarray, failed: np.ndarray) -> np.ndarray:
    """The finite values; of the runs that failed or ran away, those not far above the start."""
    finite = np.where(np.isfinite(values), values, np.nan)
    start = finite[:, 0][np.isfinite(finite[:, 0])]
    bound = max(float(start.max() + 9 * np.abs(start).max()), 1.0) if start.size else 1.0
    lost = failed | (finite[:, -1] > bound)
    far = lost[:, None] & (finite > bound)
    return finite[np.isfinite(finite) & ~far]

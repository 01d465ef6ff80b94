"""The labels of a panel's marks, placed where they hide least."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ..studies import Panel
from ..studies.chart import Mark
from .page import FAMILY, INK, SMALL, Page

SHARE = 0.45  # of the panel's width, the longest line of a label
AWAY = 3.0  # points between a mark and its label
DENSE = 4.0  # pixels between the points by which lines are known


def draw_marks(page: Page, axes: Axes, panel: Panel) -> None:
    """Label the panel's marks. Everything else is drawn, and the axes have their limits."""
    if not panel.marks:
        return
    drawn = _drawn(axes)
    taken: list[Bbox] = []
    width = SHARE * axes.get_window_extent().width / page.figure.dpi
    for mark in panel.marks:
        if not mark.label or (mark.axis in panel.log and mark.at <= 0):
            continue
        text = axes.text(
            0, 0, page.wrapped(mark.label, width, SMALL), size=SMALL, color=INK, family=FAMILY,
            parse_math=False, zorder=7, transform=None, linespacing=1.1,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 1},
        )  # fmt: skip
        _put(text, axes, mark, drawn, taken)
        box = text.get_window_extent()
        taken.append(box)
        # in the panel's shares, so that it stays there at another resolution
        text.set(transform=axes.transAxes, position=axes.transAxes.inverted().transform(box.min))


def _put(text: Text, axes: Axes, mark: Mark, drawn: np.ndarray, taken: list[Bbox]) -> None:
    """Move a label, in pixels, to the place beside its mark where it hides least."""
    text.set(ha="left", va="bottom")
    size = np.array(text.get_window_extent().size)
    panel = axes.get_window_extent()

    def hidden(corner: tuple[float, float]) -> float:
        box = Bbox.from_bounds(*corner, *size)
        low, high = np.array(box.min) - 2, np.array(box.max) + 2
        inside = ((drawn > low) & (drawn < high)).all(axis=1)
        others = sum(box.overlaps(other) for other in taken)
        within = panel.x0 <= box.x0 and box.x1 <= panel.x1
        within &= panel.y0 <= box.y0 and box.y1 <= panel.y1
        return float(inside.sum() + 1e4 * others + 1e6 * (not within))

    text.set_position(min(_corners(axes, mark, size), key=hidden))


def _corners(axes: Axes, mark: Mark, size: np.ndarray) -> Iterator[tuple[float, float]]:
    """Lower left corners of a label beside its mark, in pixels, the better ones first."""
    panel = axes.get_window_extent()
    away = AWAY * axes.get_figure(root=True).dpi / 72  # pyright: ignore[reportOptionalMemberAccess]
    low, room = np.array(panel.min) + away, np.array(panel.size) - size - 2 * away
    at = axes.transData.transform((mark.at, mark.at))
    if mark.axis == "y":
        for side in (at[1] + away, at[1] - away - size[1]):
            for share in (1.0, 0.5, 0.0, 0.75, 0.25):
                yield low[0] + share * room[0], side
        return
    for side in (at[0] + away, at[0] - away - size[0]):
        for share in np.linspace(1, 0, 9):
            yield side, low[1] + share * room[1]


def _drawn(axes: Axes) -> np.ndarray:
    """Points, in pixels, that lie densely on all lines of the panel, shape (n, 2)."""
    found = [np.empty((0, 2))]
    for line in axes.lines:
        points = line.get_transform().transform(np.reshape(line.get_xydata(), (-1, 2)))
        points = points[np.isfinite(points).all(axis=1)]
        if len(points) < 2:
            found.append(points)
            continue
        lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
        # a share of each stretch, no more points than can matter
        counts = np.clip(lengths / DENSE, 1, 200).astype(int)
        starts = np.repeat(points[:-1], counts, axis=0)
        ways = np.repeat(np.diff(points, axis=0) / counts[:, None], counts, axis=0)
        ranks = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        found += [starts + ranks[:, None] * ways, points[-1:]]
    return np.concatenate(found)

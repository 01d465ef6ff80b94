"""Labels on contours: few, apart from each other, away from the frame, round where possible."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet

from ..digits import shown
from .page import FAMILY

COUNT = 7  # about as many contours bear their level
SIZE = 6.5  # points
INNER = 0.06  # of the panel's width and height, the margin without labels
APART = 30  # points, the least distance between labels
LEAST = 2.5  # a contour smaller than so many label widths bears none


def label(axes: Axes, contours: QuadContourSet) -> None:
    """Write the level on some of the contours. The axes have their limits."""
    to_screen = axes.transData.transform
    frame = axes.get_window_extent()
    margin = INNER * np.array([frame.width, frame.height])
    low, high = frame.min + margin, frame.max - margin
    point = axes.get_figure(root=True).dpi / 72  # pyright: ignore[reportOptionalMemberAccess]
    paths = dict(zip(np.asarray(contours.levels).tolist(), contours.get_paths(), strict=True))
    spots: list[np.ndarray] = []
    for level in _roundest([level for level, path in paths.items() if np.size(path.vertices)]):
        least = LEAST * len(text_of(level)) * 0.6 * SIZE * point
        pieces = [to_screen(piece) for piece in paths[level].to_polygons(closed_only=False)]
        wide = [piece for piece in pieces if np.ptp(piece, axis=0).max() > least]
        seen = np.concatenate([*wide, np.empty((0, 2))])
        inside = seen[((seen > low) & (seen < high)).all(axis=1)]
        if not len(inside):
            continue
        # as far as can be from the labels there are, the first one from the middle
        others = np.array(spots or [np.add(low, high) / 2])
        distances = np.linalg.norm(inside[:, None] - others, axis=2).min(axis=1)
        best = int(distances.argmax())
        if not spots or distances[best] > APART * point:
            spots.append(inside[best])
    if spots:
        places = axes.transData.inverted().transform(spots)
        found = contours.clabel(
            fontsize=SIZE, fmt=text_of, inline=True, inline_spacing=2, manual=list(places)
        )
        for text in found:
            text.set(color="#4d5c66", family=FAMILY)


def text_of(level: float) -> str:
    """A level as text: three digits, more only before the point."""
    return f"{level:.0f}" if 1000 <= abs(level) < 1e6 else shown(level, 3)


def _roundest(levels: list[float]) -> list[float]:
    """Some of the levels, evenly chosen, those with the shortest texts."""
    if not levels:
        return []
    least = max(1, -(-len(levels) // COUNT))
    choices = [levels[first::every] for every in (least, least + 1) for first in range(every)]
    full = [c for c in choices if len(c) >= min(len(levels), COUNT - 2)] or [levels]
    return min(full, key=lambda chosen: float(np.mean([len(text_of(v)) for v in chosen])))

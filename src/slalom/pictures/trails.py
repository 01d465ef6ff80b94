"""Trails: the lines that rules leave on a panel, drawn up to any step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from .looks import Look, paler

MOVING = 4  # the zorder of trails; from it on, everything is drawn anew for each frame
MARKER, HEAD = 5.0, 7.5  # points
MARKS = 12  # about as many markers along a trail
FAR = 1e6  # widths of the domain; beyond, Agg's arithmetic overflows


@dataclass(frozen=True, eq=False)
class Trail:
    """One rule's line on one panel, its head where the rule stands, a cross where it failed.

    Attributes:
        points: shape (n, 2), one for each step.
        line: the artist of the line.
        casing: the artist of the white line beneath the line, where it has one.
        head: the artist of its end, where it has one.
        cross: the artist that marks the end of a run that failed, else None.
        band: the artist of the intervals around the line, where it has them.
        pale: the artist of the part of the line that is rounding, where there is one.
        rounding: booleans of shape (n,), at which points that is.
    """

    points: np.ndarray
    line: Line2D
    casing: Line2D | None = None
    head: Line2D | None = None
    cross: Line2D | None = None
    band: PolyCollection | None = None
    pale: Line2D | None = None
    rounding: np.ndarray | None = None

    def show(self, step: int, tail: int | None = None) -> None:
        """Draw the trail up to `step`, from step 0 or, with a tail, so many steps back."""
        shown = self.points[: step + 1].copy()
        is_over = self.cross is not None and len(shown) == len(self.points)
        is_in = self.line.axes.viewLim.contains(*shown[-1])  # pyright: ignore[reportOptionalMemberAccess]
        if tail is not None:
            # left out rather than cut off, so that the markers stay where they are
            shown[: max(0, min(step - tail, len(shown) - 1))] = np.nan
        if self.casing is not None:
            self.casing.set_data(*shown.T)
        if self.pale is None or self.rounding is None:
            self.line.set_data(*shown.T)
        else:
            off = self.rounding[: len(shown)]
            before = np.append(off[1:], False) & ~off  # from there a pale segment sets out
            self.line.set_data(*np.where(off[:, None], np.nan, shown).T)
            self.pale.set_data(*np.where((off | before)[:, None], shown, np.nan).T)
        for artist, is_shown in ((self.head, not is_over), (self.cross, is_over)):
            if artist is not None:
                artist.set_data(*shown[-1:].T)
                artist.set_visible(is_in and is_shown)
        if self.band is not None:
            self._uncover(self.band, shown)

    def _uncover(self, band: PolyCollection, shown: np.ndarray) -> None:
        """Show the part of the band that the line has come to."""
        axes = band.axes
        assert isinstance(axes, Axes)
        if len(shown) == len(self.points) and np.isfinite(shown).all():
            band.set_clip_path(axes.patch)
            return
        known = shown[np.isfinite(shown[:, 0]), 0]
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        begin, end = (known.min(), known.max()) if len(known) else (left, left)
        box = Rectangle((begin, low), min(end, right) - begin, high - low, transform=axes.transData)
        band.set_clip_path(box)

    @property
    def artists(self) -> list[Line2D]:
        """Its lines."""
        lines = (self.casing, self.pale, self.line, self.head, self.cross)
        return [a for a in lines if a is not None]


def trail(
    axes: Axes,
    points: np.ndarray,
    look: Look,
    failed: bool,
    label: str,
    shift: int = 0,
    rounding: np.ndarray | None = None,
) -> Trail:
    """A new trail on the axes, shown whole. The axes have their limits.

    Args:
        axes: the panel.
        points: shape (n, 2), n at least 1.
        look: the rule's.
        failed: mark its end by a cross.
        label: the artist's label: the rule.
        shift: moves the markers along, so that those of several trails do not coincide.
        rounding: booleans, at least n of them: which points are rounding, drawn lighter.
    """
    every = max(1, len(points) // MARKS)
    casing = Line2D(
        [], [], color="white", alpha=0.8, linewidth=3.2, label="_casing", zorder=MOVING,
        solid_capstyle="butt", solid_joinstyle="round",
    )  # fmt: skip
    line = Line2D([], [], **style(look), label=label, zorder=MOVING)
    line.set_markevery((shift % every, every))
    head = Line2D([], [], **style(look, HEAD), label="_head", zorder=6, clip_on=False)
    cross = None
    if failed:
        cross = Line2D(
            [], [], color=look.colour, linestyle="none", marker="X", markersize=9.5,
            markeredgecolor="white", markeredgewidth=1, label="_end", zorder=7, clip_on=False,
        )  # fmt: skip
    pale, off = None, None
    if rounding is not None and rounding[: len(points)].any():
        off = rounding[: len(points)]
        pale = Line2D([], [], **style(paler(look)), label="_rounding", zorder=MOVING)
        pale.set_markevery((shift % every, every))
    made = Trail(points, line, casing, head, cross, pale=pale, rounding=off)
    for artist in made.artists:
        axes.add_line(artist)
    made.show(len(points))
    return made


def style(look: Look, size: float = MARKER) -> dict[str, Any]:
    """The arguments of `Line2D` for a rule's line with markers of `size` points."""
    return {
        "color": look.colour,
        "linestyle": look.dash,
        "linewidth": 1.6,
        "marker": look.marker,
        "markersize": size,
        "markeredgecolor": "white",
        "markeredgewidth": 0.12 * size,
        "dash_capstyle": "butt",
        "solid_capstyle": "round",
        "solid_joinstyle": "round",
    }


def visible(points: np.ndarray, box: Sequence[tuple[float, float]]) -> np.ndarray:
    """The part of a path that is drawn in a box, shape (m, 2) of (n, 2).

    It ends before the first point that is not finite. A path that leaves the box for good
    ends there, with one more point on the edge; one that leaves and comes back is kept.
    """
    lows, highs = np.transpose(box)
    finite = np.isfinite(points).all(axis=1)
    kept = points if finite.all() else points[: int(np.argmin(finite))]
    inside = ((kept >= lows) & (kept <= highs)).all(axis=1)
    if not inside.any():
        return kept[:1]
    last = int(np.flatnonzero(inside)[-1])
    # what lies far outside is brought nearer, which cannot be seen
    near = np.clip(kept, lows - FAR * (highs - lows), highs + FAR * (highs - lows))
    if last + 1 == len(kept):
        return near
    return np.vstack([near[: last + 1], _edge(near[last], near[last + 1], lows, highs)])


def _edge(inner: np.ndarray, outer: np.ndarray, lows: np.ndarray, highs: np.ndarray) -> np.ndarray:
    """Where the way from a point inside a box to one outside meets the edge."""
    way = outer - inner
    borders = np.where(way > 0, highs, lows)
    shares = np.divide(borders - inner, way, out=np.ones(2), where=way != 0)
    return np.clip(inner + min(shares.min(), 1.0) * way, lows, highs)

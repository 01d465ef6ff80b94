"""The landscape beneath the paths: a map in two dimensions, a curve in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, FuncNorm, LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.contour import QuadContourSet
from matplotlib.lines import Line2D

from ..landscapes import Landscape
from . import levels
from .labels import label
from .page import FAMILY, INK, PALE, SMALL, Page, key, lettered, plain

# viridis's order of colours, dark in the valleys, softened so that paths stand out on it
COLOURS = ("#3b5a80", "#4f86a0", "#6fb0a8", "#a3cfa6", "#d9e5b2", "#f6f0cf")
TINT, FILLED = 0.5, 0.8  # how strong they are beneath line contours, and in filled ones
MANY = 30  # more minima than these are drawn small
EQUAL = (0.6, 1.7)  # domains of such a width to height are drawn to scale


@dataclass(frozen=True)
class Symbol:
    """A kind of marked point: its name, and how it is drawn."""

    name: str
    marker: str
    face: str
    size: float  # points

    @property
    def style(self) -> dict[str, Any]:
        """The arguments of Matplotlib's `plot`."""
        return {
            "label": self.name,
            "linestyle": "none",
            "marker": self.marker,
            "markersize": self.size,
            "markerfacecolor": self.face,
            "markeredgecolor": INK,
            "markeredgewidth": 0.9,
        }


START = Symbol("start", "o", "white", 8)
GLOBAL = Symbol("global minimum", "*", "#ffd23f", 18)
LOCAL = Symbol("local minimum", "d", "white", 14)  # seen around the head of a path that ends in it
CRITICAL = {
    "saddle": Symbol("saddle", "x", INK, 6),
    "maximum": Symbol("maximum", "^", PALE, 6),
    "minimum": Symbol("critical minimum", "v", "white", 6),
    "degenerate": Symbol("degenerate point", "+", INK, 8),
}
SYMBOLS = (START, GLOBAL, LOCAL, *CRITICAL.values())


def shape(landscape: Landscape) -> tuple[float, bool]:
    """Width to height of the landscape's panel, and whether both axes have one scale."""
    if landscape.dim == 1:
        return 1.25, False
    (left, right), (low, high) = landscape.domain
    ratio = (right - left) / (high - low)
    lowest, highest = EQUAL
    return min(max(ratio, lowest), highest), lowest <= ratio <= highest


def draw_terrain(page: Page, axes: Axes, landscape: Landscape, surface: xr.DataArray) -> None:
    """The landscape over its domain, of one or two dimensions, with its minima."""
    if landscape.dim == 1:
        _curve(axes, landscape, surface)
    else:
        _map(page, axes, landscape, surface)


def mark(
    axes: Axes,
    landscape: Landscape,
    start: Sequence[float] | None = None,
    critical: bool = False,
) -> None:
    """Mark the start, the minima and, where asked for, the critical points, with a key above.

    Args:
        axes: the panel.
        landscape: whose points; those outside the panel are left out.
        start: in one dimension with its height; or None.
        critical: mark the critical points too.
    """
    kinds: dict[Symbol, list[Sequence[float]]] = {}
    if start is not None and axes.viewLim.contains(*start):
        kinds[START] = [start]
    found = [(GLOBAL if m.is_global else LOCAL, m) for m in landscape.minima]
    found += [(CRITICAL[point.kind], point) for point in landscape.critical if critical]
    for symbol, point in found:
        place = (*point.position, point.value)[:2]
        if axes.viewLim.contains(*place):
            kinds.setdefault(symbol, []).append(place)
    for symbol in sorted(kinds, key=SYMBOLS.index):
        points = kinds[symbol]
        [line] = axes.plot(*np.transpose(points), **symbol.style, zorder=5, clip_on=False)
        if len(points) > MANY:
            line.set(markersize=symbol.size / 2.5, markeredgewidth=0.4)
    explain(axes, list(kinds))


def explain(axes: Axes, symbols: Sequence[Symbol]) -> None:
    """Name the symbols above the axes."""
    shown = sorted(symbols, key=SYMBOLS.index)
    if shown:
        lines = [Line2D([], [], **symbol.style) for symbol in shown]
        for line in lines:
            line.set_markersize(min(line.get_markersize(), 11))
        key(axes, lines)


def _curve(axes: Axes, landscape: Landscape, surface: xr.DataArray) -> None:
    x, heights = surface[surface.dims[0]].values, surface.values
    plain(axes, landscape.axes[0], f"f({landscape.axes[0]})")
    axes.plot(x, heights, color="#8fa3b5", linewidth=2.4, solid_capstyle="round", zorder=1.5)
    low, high = np.nanmin(heights), np.nanmax(heights)
    pad = 0.06 * (high - low or 1)
    axes.set_xlim(*landscape.domain[0])
    axes.set_ylim(low - pad, high + pad)


def _map(page: Page, axes: Axes, landscape: Landscape, surface: xr.DataArray) -> None:
    across, up = landscape.axes
    x, y = surface[across].values, surface[up].values
    heights = np.ma.masked_invalid(surface.transpose(up, across).values)
    values = _levels(landscape, heights.compressed())
    norm = ranks(values)
    (left, right), (low, high) = landscape.domain
    lettered(axes, across, up)
    if landscape.filled:
        filled = axes.contourf(
            x, y, heights, values, cmap=softened(FILLED), norm=norm, extend="both"
        )
        axes.contour(x, y, heights, values, colors="white", linewidths=0.5, linestyles="-")
        axes.set(xlim=(left, right), ylim=(low, high))
        _colour_bar(page, axes, filled, landscape)
        return
    half_x, half_y = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    axes.imshow(
        heights, cmap=softened(TINT), norm=norm, aspect="auto", origin="lower",
        extent=(x[0] - half_x, x[-1] + half_x, y[0] - half_y, y[-1] + half_y),
        interpolation="bilinear", zorder=0,
    )  # fmt: skip
    lines = axes.contour(
        x, y, heights, values, colors="#3c5a68", alpha=0.5, linewidths=0.6, linestyles="-"
    )
    axes.set(xlim=(left, right), ylim=(low, high))
    label(axes, lines)


def _levels(landscape: Landscape, heights: np.ndarray) -> np.ndarray:
    """The landscape's levels that lie within its heights, or well-chosen ones."""
    if landscape.levels and heights.size:
        given = np.array(landscape.levels)
        # one on either side, so that the ends have a colour of their own
        first = max(np.searchsorted(given, heights.min()) - 1, 0)
        last = np.searchsorted(given, heights.max()) + 1
        if last - first > 1:
            return given[first:last]
    count = levels.FILLED_COUNT if landscape.filled else levels.COUNT
    return levels.chosen(heights, landscape.log_levels, count)


def ranks(values: np.ndarray) -> Normalize:
    """From one level to the next the colour changes by as much, however far they are apart."""
    if len(values) < 2:
        return Normalize(values[0] - 1, values[0] + 1)
    shares = np.linspace(0, 1, len(values))
    return FuncNorm(
        (lambda v: np.interp(v, values, shares), lambda s: np.interp(s, shares, values)),
        values[0],
        values[-1],
        clip=True,
    )


def softened(share: float) -> Colormap:
    """The colours of the terrain, `share` of them, the rest white."""
    colours = 1 - share * (1 - np.array([to_rgb(c) for c in COLOURS]))
    return LinearSegmentedColormap.from_list("terrain", colours)


def _colour_bar(page: Page, axes: Axes, filled: QuadContourSet, landscape: Landscape) -> None:
    box = axes.get_position()
    beside = page.figure.add_axes(
        (box.x1 + 0.1 / page.width, box.y0, 0.14 / page.width, box.height)
    )
    bar = page.figure.colorbar(filled, cax=beside, extendfrac=0.02)
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    beside.tick_params(colors=PALE, labelsize=SMALL, labelfontfamily=FAMILY, width=0.8, length=3)
    name = f"f({', '.join(landscape.axes)})"
    beside.set_title(name, size=SMALL, color=PALE, family=FAMILY, loc="left")

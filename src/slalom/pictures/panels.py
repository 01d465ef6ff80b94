"""One panel of a chart: its lines, points or bars, on axes to suit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogFormatterSciNotation, LogLocator, MaxNLocator

from ..errors import SlalomError, unknown
from ..studies import Panel
from . import levels
from .looks import Look
from .page import FAMILY, INK, PALE, SMALL, plain
from .terrain import TINT, ranks, softened
from .trails import HEAD, MARKER, MARKS, MOVING, Trail, style

FEW, MANY = 40, 400  # points; more are drawn smaller, and smaller still
CROWD = 12  # lines; more are drawn thinner
BARS = 0.78  # the share of a bar's room that bars fill
SHORTEST, LONGEST = 1e-3, 1e4  # on a logarithmic axis within, numbers are written out


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve of a panel.

    Attributes:
        x: shape (n,); NaN where it cannot be drawn: not finite, or on a logarithmic axis not
            above 0. For bars, the number of each.
        y: likewise.
        low: the lower end of the interval around y, else None.
        high: likewise the upper end.
        dimension: the name of the dimension along it.
        along: its coordinate.
    """

    x: np.ndarray
    y: np.ndarray
    low: np.ndarray | None
    high: np.ndarray | None
    dimension: str
    along: np.ndarray


def curves_of(data: xr.Dataset, panel: Panel) -> list[Curve]:
    """The curves of a panel, one for each entry of its `by`.

    Raises:
        SlalomError: a name that is not in the data, or a variable of other dimensions.
    """
    entries = range(data.sizes.get(panel.by, 0)) if panel.by else [None]
    return [_curve(data, panel, entry) for entry in entries]


def _curve(data: xr.Dataset, panel: Panel, entry: int | None) -> Curve:
    found = {
        name: _picked(data, panel, variable, entry)
        for name, variable in (
            ("x", panel.x), ("y", panel.y), ("low", panel.low), ("high", panel.high),
        )
        if variable is not None
    }  # fmt: skip
    [dimension] = found["y"].dims
    if any(other.dims != (dimension,) for other in found.values()):
        raise SlalomError(f"{panel.x} and {panel.y} of a panel have no common dimension")
    along = np.asarray(data[dimension].values)
    x = np.arange(len(along)) if panel.kind == "bars" else found["x"].values
    y, low, high = (
        _drawable(found[name].values, "y" in panel.log) if name in found else None
        for name in ("y", "low", "high")
    )
    assert y is not None
    return Curve(_drawable(x, "x" in panel.log), y, low, high, str(dimension), along)


def _picked(data: xr.Dataset, panel: Panel, name: str, entry: int | None) -> xr.DataArray:
    if name not in data.variables and name not in data.dims:
        raise SlalomError(unknown("variable", name, [str(v) for v in data.variables]))
    found = data[name]
    if entry is not None and panel.by in found.dims:
        found = found.isel({panel.by: entry})
    if found.ndim != 1:
        over = " and ".join(map(str, data[name].dims)) or "none"
        by = f" beside {panel.by}" if panel.by else ""
        raise SlalomError(f"{name} in a panel has one dimension{by}; it has {over}")
    return found


def _drawable(values: np.ndarray, log: bool) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    return np.where(np.isfinite(values) & ~(log & (values <= 0)), values, np.nan)


def draw_panel(
    axes: Axes, data: xr.Dataset, panel: Panel, looks: Sequence[Look], moving: bool
) -> list[Trail]:
    """Draw a panel of a chart; its lines are trails, with heads where they move.

    Raises:
        SlalomError: the panel does not fit the data.
    """
    curves = curves_of(data, panel)
    plain(axes, label_of(panel.xlabel or panel.x), label_of(panel.ylabel or panel.y))
    if panel.ground is not None:
        _ground(axes, data[panel.ground])
    trails, log = [], "x" in panel.log
    headed = moving or panel.ground is not None  # what stands still is seen by its head
    if panel.kind == "bars":
        _bars(axes, panel, curves, [look.colour for look in looks])
    else:
        for index, (curve, look) in enumerate(zip(curves, looks, strict=True)):
            if panel.kind == "points":
                _points(axes, curve, look)
            else:
                trails.append(_line(axes, curve, look, index, headed, log))
        for made in trails if len(trails) > CROWD else ():
            made.line.set_linewidth(1)
    for mark in panel.marks:
        line = axes.axhline if mark.axis == "y" else axes.axvline
        if mark.axis not in panel.log or mark.at > 0:
            line(mark.at, color=PALE, linewidth=1, dashes=(4, 2), zorder=3.5)
    _set_scales(axes, data, panel, curves)
    for made in trails:
        made.show(len(made.points))
    return trails


def _ground(axes: Axes, heights: xr.DataArray) -> None:
    """Contours of heights beneath all else, over all of the panel."""
    up, across = heights.dims
    place = (heights[across].values, heights[up].values, np.ma.masked_invalid(heights.values))
    chosen = levels.chosen(heights.values)
    axes.contourf(*place, chosen, cmap=softened(TINT), norm=ranks(chosen), extend="both", zorder=0)
    axes.contour(
        *place, chosen, colors="#3c5a68", alpha=0.5, linewidths=0.5, linestyles="-", zorder=1
    )
    axes.grid(visible=False)


def label_of(name: str) -> str:
    """A variable's name as people write it."""
    return name.replace("_", " ")


def _line(axes: Axes, curve: Curve, look: Look, index: int, headed: bool, log: bool) -> Trail:
    band = None
    if curve.low is not None and curve.high is not None:
        band = axes.fill_between(
            curve.x, curve.low, curve.high, color=look.colour, alpha=0.16, linewidth=0, zorder=2
        )
    line = Line2D([], [], **style(look, MARKER), zorder=MOVING)
    every = max(1, len(curve.x) // MARKS)
    line.set_markevery(_evenly(curve.x, index) if log and not headed else (index % every, every))
    axes.add_line(line)
    points = np.column_stack([curve.x, curve.y])
    axes.update_datalim(points[np.isfinite(points).all(axis=1)])
    if not headed:
        return Trail(points, line, band=band)
    drawn: dict[str, Any] = style(look, HEAD) | {"marker": look.marker or "o"}
    head = Line2D([], [], **drawn, zorder=6)
    axes.add_line(head)
    return Trail(points, line, head=head, band=band)


def _evenly(x: np.ndarray, index: int) -> list[int]:
    """Where markers are along a line that stands still, even on a logarithmic axis."""
    places = np.log(x)
    known = np.flatnonzero(np.isfinite(places))
    if not len(known):
        return []
    low, high = places[known].min(), places[known].max()
    wanted = low + (np.arange(MARKS) + index % 3 / 3) / MARKS * (high - low)
    return sorted({int(known[np.abs(places[known] - w).argmin()]) for w in wanted})


def _points(axes: Axes, curve: Curve, look: Look) -> None:
    _intervals(axes, curve.x, curve, look.colour)
    count = np.isfinite(curve.y).sum()
    size = MARKER if count <= FEW else MARKER * 0.7 if count <= MANY else MARKER * 0.4
    drawn: dict[str, Any] = style(look, size) | {"linestyle": "none", "marker": look.marker or "o"}
    if count > MANY:
        drawn |= {"markeredgewidth": 0, "alpha": 0.6}
    axes.plot(curve.x, curve.y, **drawn, zorder=3)


def _bars(axes: Axes, panel: Panel, curves: Sequence[Curve], colours: list[str]) -> None:
    """Bars side by side; of one curve alone, the colours may be one for each bar."""
    log = "y" in panel.log and any(np.isfinite(curve.y).any() for curve in curves)
    width = BARS / len(curves)
    for index, curve in enumerate(curves):
        places = curve.x + (index - (len(curves) - 1) / 2) * width
        colour = colours if len(curves) == 1 else colours[index]
        axes.bar(places, np.nan_to_num(curve.y), 0.94 * width, color=colour, zorder=3, log=log)
        _intervals(axes, places, curve, INK)
    if not log:
        axes.axhline(0, color=PALE, linewidth=0.8, zorder=3.2)
    axes.grid(visible=False, axis="x")


def _intervals(axes: Axes, x: np.ndarray, curve: Curve, colour: str) -> None:
    if curve.low is None or curve.high is None:
        return
    known = np.isfinite(x + curve.low + curve.high)
    if known.any():
        ends = (curve.low[known], curve.high[known])
        axes.vlines(x[known], *ends, color="white", alpha=0.7, linewidth=2.8, zorder=3.4)
        axes.vlines(x[known], *ends, color=colour, linewidth=1.1, zorder=3.4)


def _set_scales(axes: Axes, data: xr.Dataset, panel: Panel, curves: Sequence[Curve]) -> None:
    """Logarithmic or plain scales with their ticks, and limits that hold all there is."""
    axes.margins(x=0.02, y=0.07)
    for letter, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        values = np.concatenate([getattr(curve, letter) for curve in curves])
        if letter in panel.log and np.isfinite(values).any():
            getattr(axes, f"set_{letter}scale")("log")
            axis.set_major_locator(LogLocator(numticks=8))
            if np.nanmin(values) >= SHORTEST and np.nanmax(values) <= LONGEST:
                axis.set_major_formatter(Plain())
                axis.set_minor_formatter(Plain(labelOnlyBase=False))
        else:
            integers = letter == "x" and not np.nanmax(values % 1, initial=0)
            axis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10], integer=integers))
            axis.set_major_formatter(FuncFormatter(_number))
    # the labels of all ticks on one line
    axes.tick_params(which="both", colors=PALE, labelsize=SMALL, labelfontfamily=FAMILY, pad=4)
    axes.tick_params(which="minor", length=2, pad=5)
    if panel.equal:
        axes.set_aspect("equal", adjustable="box" if panel.ground else "datalim")
    axes.autoscale_view()
    if panel.ground is not None:
        up, across = data[panel.ground].dims
        axes.set_xlim(*data[across].values[[0, -1]])
        axes.set_ylim(*data[up].values[[0, -1]])


class Plain(LogFormatterSciNotation):
    """Matplotlib's choice of what to label on a logarithmic axis, without powers of ten."""

    def __call__(self, x: float, pos: Any = None) -> str:
        return _number(x, pos) if super().__call__(x, pos) else ""


def _number(value: float, _: Any) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")

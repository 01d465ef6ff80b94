"""Pictures of maps over hyperparameters: sensitivity and stability."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize, TwoSlopeNorm
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from ..descent.outcome import DIVERGED
from ..digits import shown
from ..studies.maps import Sensitivity, Stability
from .page import FAMILY, INK, MARGIN, PALE, SMALL, Entry, Page, lettered
from .terrain import Symbol

WIDTH = 7.6  # inches
GUTTER, TICKS, KEY, BAR = 0.75, 0.5, 0.1, 0.95  # inches
RATIO = 1.15
FAILED = "#3a3a3a"
BEST = Symbol("best", "*", "#ffd23f", 15)
SPAN, WORST = 8, 10  # decades of loss that the colours tell apart; up to so many times the start's
SLOWEST, UNCHANGED = -0.5, 0.25  # change of the distance a step beyond which colours stay the same


def sensitivity_page(
    found: Sensitivity, size: tuple[float, float] | None = None, dpi: float | None = None
) -> Page:
    """The page with the picture of a map of sensitivity; see `slalom.pictures.draw`."""
    data = found.data
    up, across = (str(name) for name in data.loss.dims)
    entries = [Entry(Line2D([], [], **BEST.style), (_best(found, across, up),))]
    if (data.outcome >= DIVERGED).any():
        entries.append(Entry(_square(FAILED), ("failed: diverged, or left the domain",)))
    title = f"Final loss on {found.landscape.name}"
    page, axes = _page(
        title, f"{data.attrs['rule']}, {data.attrs['steps']} steps", entries, size, dpi
    )
    losses = np.where(data.outcome.values < DIVERGED, data.loss.values, np.nan)
    level = min(
        [m.value for m in found.landscape.minima] + [float(np.nanmin(losses, initial=np.inf))]
    )
    above = losses - level
    norm = _log_norm(above, WORST * (data.attrs["start_loss"] - level))
    mesh = _mesh(
        axes, data[across], data[up], np.clip(above, norm.vmin, norm.vmax), "viridis_r", norm
    )
    _bar(page, axes, mesh, "loss above the minimum")
    best = found.summary()["best"]
    if best["loss"] is not None:
        place = _place(data[across], best[across]), _place(data[up], best[up])
        axes.plot(*place, **BEST.style, zorder=5, clip_on=False)
    return page


def stability_page(
    found: Stability, size: tuple[float, float] | None = None, dpi: float | None = None
) -> Page:
    """The page with the picture of a map of stability; see `slalom.pictures.draw`."""
    data = found.data
    up, across = (str(name) for name in data.growth.dims)
    radius = data.spectral_radius.values
    linear, known = np.isfinite(radius).all(), np.isfinite(data.border.values).all()
    fails = bool(data.diverged.any())
    lines: dict[str, dict[str, Any]] = {
        "measured: beyond it runs diverge": {"color": INK, "linewidth": 1.6},
        "spectral radius 1": {"color": "#d55e00", "linewidth": 1.6, "linestyle": (0, (4, 2))},
        "theory": {"color": "#56b4e9", "linewidth": 3.2, "alpha": 0.9},
    }
    there = (fails, linear and fails and len(radius) > 1, known and fails)
    shown = [name for name, is_there in zip(lines, there, strict=True) if is_there]
    notes = ([] if linear else ["the rule is not linear: no theory"]) + (
        [] if fails else ["no run diverged"]
    )
    entries = [Entry(Line2D([], [], **lines[name]), (name,)) for name in shown]
    entries += [Entry(Line2D([], [], linestyle="none"), (note,)) for note in notes]
    subtitle = f"{data.attrs['rule']}, {data.attrs['steps']} steps; λ is the largest curvature"
    page, axes = _page(f"Stability on {found.landscape.name}", subtitle, entries, size, dpi)
    change = np.clip(data.growth.values - 1, SLOWEST, UNCHANGED)
    norm = TwoSlopeNorm(0, SLOWEST, UNCHANGED)
    mesh = _mesh(axes, data[across], data[up], change, "RdBu_r", norm)
    bar = _bar(page, axes, mesh, "factor of the distance, each step")
    ends = (f"≤ × {1 + SLOWEST:g}", f"≥ × {1 + UNCHANGED:g}")
    bar.set_yticks(
        [SLOWEST, SLOWEST / 2, 0, UNCHANGED], [ends[0], f"× {1 + SLOWEST / 2:g}", "× 1", ends[1]]
    )
    axes.set_xlabel("lr λ")
    _borders(axes, found, across, up, lines, shown)
    return page


def _borders(axes: Axes, found: Stability, across: str, up: str, lines: Any, shown: Any) -> None:
    data = found.data
    rows = np.array([_place(data[up], value) for value in data[up].values])
    names = list(lines)
    if len(rows) == 1:  # one row fills the panel from bottom to top
        rows = np.array(axes.get_ylim())
        pick = [0, 0]
    else:
        pick = list(range(len(rows)))
    if names[2] in shown:
        axes.plot(data.border.values[pick], rows, **lines[names[2]], zorder=3)
    if names[0] in shown:
        axes.plot(found.measured_border.values[pick], rows, **lines[names[0]], zorder=4)
    if names[1] in shown:
        style = lines[names[1]]
        axes.contour(
            data[across].values, rows, data.spectral_radius.values, [1.0 + 1e-9],
            colors=style["color"], linewidths=style["linewidth"], linestyles="--", zorder=5,
        )  # fmt: skip


def _page(title: str, subtitle: str, entries: Any, size: Any, dpi: Any) -> tuple[Page, Axes]:
    width, height = size or (WIDTH, None)
    page = Page(title, subtitle, entries, width, dpi)
    fixed = page.top + KEY + TICKS + page.bottom
    wide = page.room - GUTTER - BAR
    tall = height - fixed if height else wide / RATIO
    wide = min(wide, tall * RATIO)
    page.set_height(tall + fixed)
    return page, page.panel(MARGIN + GUTTER, page.bottom + TICKS, wide, tall)


def _mesh(
    axes: Axes, x: xr.DataArray, y: xr.DataArray, values: np.ndarray, colours: str, norm: Normalize
) -> ScalarMappable:
    """The values as cells of equal size, with ticks where the numbers of the axes are round."""
    lettered(axes, str(x.name), str(y.name))
    places = [np.array([_place(axis, v) for v in axis.values]) for axis in (x, y)]
    (left, right), (low, high) = ((p[0], p[-1]) if len(p) > 1 else (-0.5, 0.5) for p in places)
    axes.set_facecolor(FAILED)
    drawn = axes.imshow(
        values, origin="lower", extent=(left, right, low, high), aspect="auto", cmap=colours,
        norm=norm, interpolation="nearest",
    )  # fmt: skip
    for axis, ticks in ((x, axes.xaxis), (y, axes.yaxis)):
        _ticks(axis, ticks)
    return drawn


def _ticks(values: xr.DataArray, axis: Any) -> None:
    scale = values.attrs.get("scale", "linear")
    if len(values) == 1:
        axis.set_major_locator(NullLocator())
        axis.set_label_text("")
        return
    low, high = float(values[0]), float(values[-1])
    if scale == "log":
        ticks = 10.0 ** np.arange(np.ceil(np.log10(low) - 1e-9), np.floor(np.log10(high)) + 1)
        ticks = ticks[:: max(1, int(np.ceil(len(ticks) / 7)))]
    elif scale == "share":
        ticks = np.array(
            [v for v in (0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999) if low <= v <= high]
        )
    else:
        return
    axis.set_ticks([_place(values, tick) for tick in ticks], [f"{tick:g}" for tick in ticks])


def _place(values: xr.DataArray, value: float) -> float:
    """Where on its axis a value lies."""
    scale = values.attrs.get("scale", "linear")
    return {
        "log": lambda v: np.log10(v),
        "share": lambda v: -np.log10(1 - v),
        "linear": lambda v: v,
    }[scale](float(value))


def _log_norm(above: np.ndarray, highest: float) -> Normalize:
    seen = above[np.isfinite(above) & (above > 0)]
    if not seen.size:
        return LogNorm(1e-3, 1.0)
    high = float(seen.max())
    if seen.min() < highest:
        high = min(high, highest)
    return LogNorm(max(float(seen.min()), high / 10**SPAN), high * (1 + 1e-9))


def _bar(page: Page, axes: Axes, mesh: ScalarMappable, label: str) -> Axes:
    box = axes.get_position()
    beside = page.figure.add_axes(
        (box.x1 + 0.15 / page.width, box.y0, 0.16 / page.width, box.height)
    )
    bar = page.figure.colorbar(mesh, cax=beside)
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    beside.tick_params(colors=PALE, labelsize=SMALL, labelfontfamily=FAMILY, width=0.8, length=3)
    beside.set_ylabel(label, size=SMALL, color=PALE, family=FAMILY)
    return beside


def _best(found: Sensitivity, across: str, up: str) -> str:
    best = found.summary()["best"]
    if best["loss"] is None:
        return "best: none, all runs failed"
    place = f"{across} {shown(best[across], 3)}, {up} {shown(best[up], 4)}"
    return f"best: {place}, loss {shown(best['loss'], 4)}"


def _square(colour: str) -> Line2D:
    return Line2D(
        [], [], linestyle="none", marker="s", markersize=9, color=colour,
        markeredgecolor=PALE, markeredgewidth=0.5,
    )  # fmt: skip

"""The picture of a map of basins: a colour for each minimum, pale where it is reached late."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb, to_rgb
from matplotlib.lines import Line2D

from ..digits import shown
from ..studies.maps import Basins
from . import levels
from .looks import SEQUENCE
from .page import FAMILY, INK, MARGIN, PALE, SMALL, TEXT, Entry, Page, lettered
from .terrain import GLOBAL, LOCAL, MANY, Symbol, explain, shape

ELSEWHERE, FAILED = (0.80, 0.80, 0.80), (0.13, 0.13, 0.13)
NAMED = 8  # minima; where there are more, colours go round the middle and have no names
GUTTER, TICKS, KEY, ABOVE = 0.65, 0.45, 0.28, 0.22  # inches
WIDE, LONE = 11.0, 7.2  # inches: of several panels, of one
PIXELS = 1500  # a panel shows no more of them along an axis
PALEST = 0.68  # how much white there is in the colour of a run that only just came in time


def basins_page(
    basins: Basins, size: tuple[float, float] | None = None, dpi: float | None = None
) -> Page:
    """The page with the picture of a map of basins; see `slalom.pictures.draw`."""
    rules = [str(rule) for rule in basins.data.rule.values]
    columns = min(len(rules), 3)
    width, height = size or (WIDE if columns > 1 else LONE, None)
    colours = _colours(basins)
    several = len(rules) > 1
    subtitle = (
        "The paler, the later. Below: the share of starts, in the order of the panels."
        if several
        else f"{basins.data.settings.values[0]}. The paler, the later; below, the share of starts."
    )
    title = f"Where runs on {basins.landscape.name} end"
    entries = _entries(basins, colours) + (_symbols(basins) if several else [])
    page = Page(title, subtitle, entries, width, dpi)
    rows = math.ceil(len(rules) / columns)
    above, key = (ABOVE, 0.0) if several else (0.0, KEY)
    ratio = shape(basins.landscape)[0]
    wide = page.room / columns - GUTTER
    fixed = page.top + page.bottom + rows * (TICKS + above) + key
    tall = (height - fixed) / rows if height else wide / ratio
    wide = min(wide, tall * ratio)
    page.set_height(max(height or 0, fixed + rows * tall))
    for index, rule in enumerate(rules):
        row, column = divmod(index, columns)
        left = MARGIN + GUTTER + column * (page.room / columns)
        bottom = page.height - page.top - key - (row + 1) * (tall + above) - row * TICKS
        axes = page.panel(left, bottom, wide, wide / ratio)
        _draw(axes, basins, basins.data.sel(rule=rule), colours)
        if several:
            axes.set_title(
                page.wrapped(rule, wide, SMALL), size=SMALL, color=INK, family=FAMILY, loc="left"
            )
        else:
            explain(axes, _shown(basins))
    return page


def _draw(axes: Axes, basins: Basins, lane: xr.Dataset, colours: np.ndarray) -> None:
    ground = basins.landscape
    across, up = ground.axes
    every = [max(1, math.ceil(lane.sizes[axis] / PIXELS)) for axis in (up, across)]
    place = lane.place.transpose(up, across).values[:: every[0], :: every[1]]
    step = lane.step.transpose(up, across).values[:: every[0], :: every[1]]
    late = np.sqrt(step / max(basins.data.attrs["steps"], 1)) * PALEST * (place >= 0)
    # the table's last two rows are those of -2 and -1
    shown = colours[place] * (1 - late[..., None]) + late[..., None]
    (left, right), (low, high) = ground.domain
    lettered(axes, across, up)
    axes.imshow(
        shown, origin="lower", extent=(left, right, low, high), aspect="auto",
        interpolation="nearest", zorder=0,
    )  # fmt: skip
    surface = basins.surface.transpose(up, across)
    heights = surface.values
    lines = levels.chosen(heights[np.isfinite(heights)], ground.log_levels)
    axes.contour(
        surface[across], surface[up], np.ma.masked_invalid(heights), lines, colors=INK, alpha=0.3,
        linewidths=0.5, linestyles="-",
    )  # fmt: skip
    axes.set(xlim=(left, right), ylim=(low, high))
    best = _best(basins)
    many = len(best) > MANY
    for symbol in _shown(basins):
        points = lane.minimum_position.values[best == (symbol is GLOBAL)].T
        drawn: dict[str, Any] = symbol.style | ({"markersize": symbol.size / 2.5} if many else {})
        axes.plot(*points, **drawn, zorder=5, clip_on=False)


def _best(basins: Basins) -> np.ndarray:
    """Which of the minima are global."""
    values = basins.data.minimum_value.values
    return values <= values.min() + 1e-9


def _shown(basins: Basins) -> list[Symbol]:
    return [GLOBAL] if _best(basins).all() else [GLOBAL, LOCAL]


def _symbols(basins: Basins) -> list[Entry]:
    found = [Line2D([], [], **symbol.style) for symbol in _shown(basins)]
    for line in found:
        line.set_markersize(min(line.get_markersize(), 11))
    return [Entry(line, (str(line.get_label()), "")) for line in found]


def _colours(basins: Basins) -> np.ndarray:
    """The colour of every minimum, then those of failed runs and of ends elsewhere."""
    positions = basins.data.minimum_position.values
    if len(positions) <= NAMED:
        named = [to_rgb(colour) for colour, _ in SEQUENCE[: len(positions)]]
    else:
        middle = np.mean(basins.landscape.domain, axis=1)
        away = positions - middle
        hues = (np.arctan2(away[:, 1], away[:, 0]) / (2 * np.pi)) % 1
        # neighbours on one ray differ in brightness
        rings = np.argsort(np.argsort(np.linalg.norm(away, axis=1))) % 3
        named = hsv_to_rgb(np.column_stack([hues, np.full(len(hues), 0.75), 0.95 - 0.22 * rings]))
    return np.array([*named, FAILED, ELSEWHERE])


def _entries(basins: Basins, colours: np.ndarray) -> list[Entry]:
    """The legend: every minimum with the share of starts of each rule, or how many there are."""
    lanes = basins.summary()["rules"]
    found = []
    if len(colours) - 2 <= NAMED:
        for number, minimum in enumerate(lanes[0]["minima"]):
            at = ", ".join(shown(v, 3) for v in minimum["position"])
            shares = [lane["minima"][number]["share"] for lane in lanes]
            found.append((colours[number], f"({at}), f = {shown(minimum['value'], 4)}", shares))
    else:
        shares = [sum(m["share"] for m in lane["minima"]) for lane in lanes]
        found.append((colours[0], f"one of {len(colours) - 2} minima, each a colour", shares))
    found.append((ELSEWHERE, "elsewhere", [lane["elsewhere"] for lane in lanes]))
    found.append((FAILED, "failed", [lane["failed"] for lane in lanes]))
    return [
        Entry(_patch(colour), (text, " · ".join(f"{share:.1%}" for share in shares)))
        for colour, text, shares in found
        if text not in ("elsewhere", "failed") or any(shares)
    ]


def _patch(colour: np.ndarray | tuple) -> Line2D:
    return Line2D(
        [], [], linestyle="none", marker="s", markersize=TEXT, color=tuple(colour),
        markeredgecolor=PALE, markeredgewidth=0.5,
    )  # fmt: skip

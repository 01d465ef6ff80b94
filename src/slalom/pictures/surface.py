"""The surface of a landscape of two dimensions, with the paths on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import LightSource, Normalize

from ..studies import Race
from .lanes import Lanes
from .looks import paler
from .page import FAMILY, INK, PALE, SMALL, TEXT
from .terrain import GLOBAL, LOCAL, START, Symbol, explain, softened
from .trails import HEAD, MARKS, style, visible

ELEVATION, AZIMUTH = 46, -62  # degrees
CELLS = 130  # patches an axis; more are slow and look no better


@dataclass(frozen=True)
class Relief:
    """How high a value is drawn: within the surface, on a logarithmic scale where `log`."""

    low: float
    high: float
    log: bool

    def __call__(self, values: Any) -> np.ndarray:
        """The heights of these values, NaN where they are NaN."""
        kept = np.clip(np.asarray(values, dtype=float), self.low, self.high)
        return np.log10(kept) if self.log else kept


def draw_surface(axes: Any, race: Race, lanes: Lanes) -> None:
    """The surface on 3-D axes, on the logarithm of the heights where the landscape says so."""
    ground = race.landscape
    across, up = ground.axes
    surface = race.surface.transpose(up, across)
    found = surface.values[np.isfinite(surface.values)]
    low, high = (float(found.min()), float(found.max())) if found.size else (0.0, 1.0)
    relief = Relief(low, high, ground.log_levels and low > 0)
    x, y = np.meshgrid(surface[across].values, surface[up].values)
    axes.computed_zorder = False  # the paths stay in front of the surface
    axes.plot_surface(
        x, y, relief(surface.values), rcount=CELLS, ccount=CELLS, cmap=softened(1.0),
        norm=Normalize(*relief((low, high))), linewidth=0, antialiased=False, zorder=1,
        lightsource=LightSource(225, 50),
    )  # fmt: skip
    for minimum in ground.minima:
        symbol = GLOBAL if minimum.is_global else LOCAL
        _mark(axes, symbol, ground.domain, minimum.position, relief(minimum.value))
    for index in range(len(lanes.labels)):
        _draw_path(axes, relief, ground.domain, lanes, index)
    _mark(axes, START, ground.domain, lanes.paths[0, 0], relief(lanes.losses[0, 0]))
    explain(axes, list({START, *(GLOBAL if m.is_global else LOCAL for m in ground.minima)}))
    _letter(axes, across, up, "log₁₀ loss" if relief.log else "loss")
    axes.set(xlim=ground.domain[0], ylim=ground.domain[1])
    axes.view_init(ELEVATION, AZIMUTH + 90 * _turns(relief(surface.values)))
    axes.set_box_aspect((1.25, 1.25, 0.8), zoom=0.98)


def _turns(heights: np.ndarray) -> int:
    """How many quarter turns bring a much lower corner to the front, where it hides less."""
    corners = np.nan_to_num(heights[[0, -1, -1, 0], [-1, -1, 0, 0]], nan=np.inf)
    corners[0] -= 0.1 * (np.nanmax(heights) - np.nanmin(heights))
    return int(np.argmin(corners))


def _draw_path(axes: Any, relief: Relief, domain: Any, lanes: Lanes, index: int) -> None:
    look, failed = lanes.looks[index], lanes.failed[index]
    kept = visible(lanes.paths[index], domain)
    heights = relief(lanes.losses[index, : len(kept)])
    if np.isnan(heights[-1]) and len(heights) > 1:
        heights[-1] = heights[-2]  # the end of a run that failed has no loss
    lows, highs = np.transpose(domain)
    # 3-D axes do not clip: what leaves the domain is left out
    heights[~((kept >= lows) & (kept <= highs)).all(axis=1)] = np.nan
    every = max(1, len(kept) // MARKS)
    casing = {"color": "white", "alpha": 0.8, "linewidth": 3.2, "label": "_casing"}
    axes.plot(*kept.T, heights, **casing, zorder=4)
    off = lanes.rounding[index, : len(kept)]
    for line, where, label in (
        (paler(look), off | np.append(off[1:], False), "_rounding"),
        (look, ~off, lanes.labels[index]),
    ):
        axes.plot(
            *kept.T, np.where(where, heights, np.nan), **style(line, 4.5),
            markevery=(index % every, every), label=label, zorder=4,
        )  # fmt: skip
    end = style(look, HEAD) | ({"marker": "X"} if failed else {})
    axes.plot(*kept[-1:].T, heights[-1:], **end, label="_head", zorder=6)


def _mark(axes: Any, symbol: Symbol, domain: Any, position: Any, height: Any) -> None:
    lows, highs = np.transpose(domain)
    if ((lows <= position) & (position <= highs)).all():
        axes.plot(*np.reshape(position, (2, 1)), [float(height)], **symbol.style, zorder=5)


def _letter(axes: Any, across: str, up: str, height: str) -> None:
    font = {"size": TEXT, "color": INK, "family": FAMILY, "parse_math": False}
    axes.set_xlabel(across, **font)
    axes.set_ylabel(up, **font)
    axes.set_zlabel(height, **font)
    axes.tick_params(colors=PALE, labelsize=SMALL, labelfontfamily=FAMILY, pad=1)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color("#fbfbfa")
        axis.line.set_color("#9a9a9a")
        axis._axinfo["grid"].update(color="#e4e4e4", linewidth=0.6)

"""The picture of a chart: its panels in rows, what the curves are at the foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from ..studies import Chart, Panel
from .looks import Look, are_rules, entry_looks
from .marks import draw_marks
from .page import FAMILY, INK, LINE, MARGIN, SMALL, TEXT, Entry, Page
from .panels import curves_of, draw_panel, label_of
from .picture import Picture
from .trails import style

GUTTER, GAP = 0.75, 0.2  # inches left of a panel for ticks and label; right of it
TICKS, HEADING = 0.5, 0.24  # inches below a panel for ticks and label, above it for its title
CAPTION = 0.16  # inches above the panels of an animation, where it tells the moment
WIDE, ACROSS = 3.1, 4  # inches, the least width of a panel with its gutter; at most so many
HEIGHTS = (4.2, 3.2, 2.7, 2.5)  # inches, of the panels of a row of one, two, …
LEAST = 1.6  # inches, the least height of a panel
BAR = 0.15  # inches, the least room for a bar
UPRIGHT = 1.5  # inches, the longest line of a name that stands upright


@dataclass(frozen=True)
class Names:
    """How the names below a panel's bars are written."""

    lines: list[str]
    upright: bool
    height: float


def chart_picture(
    chart: Chart,
    size: tuple[float, float] | None = None,
    dpi: float | None = None,
    moving: bool = False,
) -> Picture:
    """The picture of a chart; see `slalom.pictures.draw`.

    Args:
        chart: what to draw.
        size: width and height in inches.
        dpi: dots an inch.
        moving: its lines have heads, and room above for an animation to tell the moment.

    Raises:
        SlalomError: a panel that does not fit the data.
    """
    faces = _looks(chart)
    width, height = size or (None, None)
    page = Page(chart.title, "", _entries(chart, faces), width, dpi)
    places = _places(page, chart, height, moving)
    trails = []
    for panel, (box, names) in zip(chart.panels, places, strict=True):
        axes = page.panel(*box)
        looks = faces[panel.by] if panel.by else _alone(chart.data, panel)
        trails += draw_panel(axes, chart.data, panel, looks, moving)
        if names:
            axes.set_xticks(
                range(len(names.lines)), names.lines,
                rotation=90 if names.upright else 0, parse_math=False,
            )  # fmt: skip
        if panel.title and len(chart.panels) > 1:
            axes.set_title(
                panel.title, loc="left", size=TEXT, color=INK, family=FAMILY, parse_math=False
            )
        draw_marks(page, axes, panel)
    return Picture(page, trails, page.height - page.top - CAPTION, _moments(chart))


def _alone(data: xr.Dataset, panel: Panel) -> list[Look]:
    """The look of a panel's only curve; of bars, one for each where they are rules'."""
    if panel.kind == "bars" and are_rules(data[panel.x].values):
        return entry_looks(data[panel.x].values)
    return entry_looks(np.array([0]))


def _looks(chart: Chart) -> dict[str, list[Look]]:
    """How the entries of each dimension look; those of different ones look different."""
    found: dict[str, list[Look]] = {}
    for by in dict.fromkeys(panel.by for panel in chart.panels if panel.by):
        found[by] = entry_looks(chart.data[by].values, sum(map(len, found.values())))
    return found


def _entries(chart: Chart, faces: dict[str, list[Look]]) -> list[Entry]:
    found = []
    for by, looks in faces.items():
        kinds = {panel.kind for panel in chart.panels if panel.by == by and panel.listed}
        if not kinds:
            continue
        for value, look in zip(chart.data[by].values, looks, strict=True):
            drawn = style(look, 6)
            if kinds == {"bars"}:
                drawn |= {"marker": "s", "linestyle": "none"}
            elif kinds == {"points"}:
                drawn |= {"marker": look.marker or "o", "linestyle": "none"}
            found.append(Entry(Line2D([], [], **drawn), (_said(by, value),)))
    return found


def _said(by: str, value: object) -> str:
    """An entry in the legend: a text as it is, a number with the name of its dimension."""
    return str(value) if isinstance(value, str) else f"{label_of(by)} {value:g}"


def _places(
    page: Page, chart: Chart, height: float | None, moving: bool
) -> list[tuple[tuple[float, float, float, float], Names | None]]:
    """Left, bottom, width and height of each panel, in inches, and the names below its bars."""
    panels = chart.panels
    across = _across(page, chart)
    wide = page.room / across - GUTTER - (GAP if across > 1 else 0)
    names = [_names(page, chart.data, panel, wide) for panel in panels]
    rows = [range(i, min(i + across, len(panels))) for i in range(0, len(panels), across)]
    below = [TICKS + max((n.height for i in row if (n := names[i])), default=0.0) for row in rows]
    titled = len(panels) > 1
    above = [HEADING if titled and any(panels[i].title for i in row) else 0.1 for row in rows]
    above[0] += CAPTION if moving else 0
    fixed = page.top + sum(above) + sum(below) + page.bottom
    tall = (height - fixed) / len(rows) if height else HEIGHTS[across - 1]
    tall = max(tall, LEAST)
    page.set_height(max(height or 0, fixed + len(rows) * tall))
    found, top = [], page.height - page.top
    for row, over, under in zip(rows, above, below, strict=True):
        bottom = top - over - tall
        for column, index in enumerate(row):
            left = MARGIN + GUTTER + column * page.room / across
            found.append(((left, bottom, wide, tall), names[index]))
        top = bottom - under
    return found


def _across(page: Page, chart: Chart) -> int:
    """How many panels stand in a row, so that each has room and the rows are even."""
    bars = [chart.data[panel.x].size for panel in chart.panels if panel.kind == "bars"]
    least = max(WIDE, GUTTER + BAR * max(bars, default=0))
    most = max(1, min(len(chart.panels), ACROSS, int(page.room / least)))
    rows = -(-len(chart.panels) // most)
    return -(-len(chart.panels) // rows)


def _names(page: Page, data: xr.Dataset, panel: Panel, wide: float) -> Names | None:
    """The names of a panel's bars in lines: level where there is room, else upright."""
    if panel.kind != "bars":
        return None
    given = data[panel.x].values
    names = [name if isinstance(name, str) else f"{name:g}" for name in given]
    slot = wide / len(names) - 0.08
    widest = max(page.width_of(word, SMALL) for name in names for word in _parted(name).split())
    if widest <= slot:
        lines = [_wrapped(page, name, slot) for name in names]
        return Names(lines, False, 0.8 * LINE * max(text.count("\n") for text in lines))
    room = UPRIGHT if slot > 2 * 0.8 * LINE else 2 * UPRIGHT  # two lines, or one
    lines = [_wrapped(page, name, room) for name in names]
    height = max(page.width_of(part, SMALL) for text in lines for part in text.split("\n"))
    return Names(lines, True, height - 0.1)


def _parted(name: str) -> str:
    """A name with a space wherever a line may end."""
    return name.replace("(", " (").replace("_", "_ ")


def _wrapped(page: Page, name: str, width: float) -> str:
    if page.width_of(name, SMALL) <= width:
        return name
    return page.wrapped(_parted(name), width, SMALL).replace(" (", "(").replace("_ ", "_")


def _moments(chart: Chart) -> Sequence[str]:
    """What an animation tells at each step: the x of the longest line, where it is one for all."""
    lines = [panel for panel in chart.panels if panel.kind == "line"]
    steps = [curves_of(chart.data, panel) for panel in lines]
    longest = max((c for curves in steps for c in curves), key=lambda c: len(c.along), default=None)
    if longest is None:
        return [""]
    last = len(longest.along) - 1
    name = label_of(longest.dimension)
    if not np.issubdtype(longest.along.dtype, np.number):
        return [f"{name} {value}" for value in longest.along]
    return [f"{name} {value:g} of {longest.along[last]:g}" for value in longest.along]

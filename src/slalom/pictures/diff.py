"""The picture of a comparison: on each arena what the two do, and below it how far apart."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from ..studies import Diff
from ..studies.diff import Parting
from .curves import draw_curves
from .looks import Look, looks
from .page import FAMILY, INK, MARGIN, PALE, SMALL, TEXT, Entry, Page, key, plain
from .terrain import draw_terrain, mark
from .trails import Trail, style, trail, visible

GUTTER, TICKS = 0.66, 0.45  # inches left of a panel, below it
TITLED, KEY = 0.5, 0.3  # inches above an upper panel, with title and key, and above a lower one
SPACE = 0.1  # inches between columns
DEEP, LEAST = 0.62, 1.6  # the lower panels' share of the upper ones' height; inches
NARROW = 8.0  # inches; narrower pages have all panels in one column
FREE, STEPWISE, COPIES, BAND = "#333333", "#cc3311", "#44aa99", "#e9e9e9"
WIDE, THIN = 3.2, 1.4  # points: the second's line lies on the first's, which stays in sight
RUNAWAY = 1e6  # what goes farther, in units of the first's own extent, leaves the panel
FLOOR = 1e-18  # what is 0 has no place on a logarithmic axis


def diff_page(
    diff: Diff, size: tuple[float, float] | None = None, dpi: float | None = None
) -> Page:
    """The page with the picture of a comparison; see `slalom.pictures.draw`."""
    data = diff.data
    labels = data.rule.values.tolist()
    faces = looks(data.rule_name.values.tolist(), labels)
    entries = []
    for look, settings, width in zip(faces, data.settings.values, (WIDE, THIN), strict=True):
        line = Line2D([], [], **style(look, 6))
        line.set_linewidth(width)
        entries.append(Entry(line, (str(settings),)))
    width, height = size or (None, None)
    page = Page(" against ".join(labels), diff.explained.verdict, entries, width, dpi)
    partings = diff.partings
    panels = _panels(page, height, len(partings))
    for (above, below), parting in zip(panels, partings, strict=True):
        if parting.arena == "landscape" and diff.landscape.dim <= 2:
            _draw_landscape(page, above, diff, parting, faces, labels)
        elif parting.arena == "signal":
            _draw_answers(above, diff, parting, faces, labels)
        else:
            _draw_losses(above, diff, parting, faces, labels)
        above.set_title(
            f"{parting.arena}: {parting.where}",
            size=TEXT, color=INK, family=FAMILY, loc="left", pad=21, parse_math=False,
        )  # fmt: skip
        _draw_distances(below, diff, parting)
    return page


def _panels(page: Page, height: float | None, count: int) -> list[tuple[Axes, Axes]]:
    """Two panels for each arena, side by side, or all below one another on a narrow page."""
    columns = count if page.width >= NARROW else 1
    wide = (page.room - (columns - 1) * SPACE) / columns - GUTTER
    rows = count // columns
    around = TITLED + KEY + 2 * TICKS
    fixed = page.top + page.bottom + rows * around
    tall = (height - fixed) / (rows * (1 + DEEP)) if height else 0.95 * wide
    upper = max(tall, LEAST)
    lower = max(DEEP * upper, 0.8 * LEAST)
    page.set_height(max(height or 0, fixed + rows * (upper + lower)))
    panels = []
    for index in range(count):
        left = MARGIN + GUTTER + (index % columns) * (wide + GUTTER + SPACE)
        top = page.height - page.top - (index // columns) * (upper + lower + around)
        middle = top - TITLED - upper
        below = page.panel(left, middle - TICKS - KEY - lower, wide, lower)
        panels.append((page.panel(left, middle, wide, upper), below))
    return panels


def _draw_landscape(
    page: Page, axes: Axes, diff: Diff, parting: Parting, faces: list[Look], labels: list[str]
) -> None:
    """The two paths on the map."""
    ground, data = diff.landscape, diff.data
    draw_terrain(page, axes, ground, diff.surface)
    box = (axes.get_xlim(), axes.get_ylim())
    paths = data.position.transpose("side", "step", "axis").values
    losses = data.loss.sel(arena="landscape").transpose("side", "step").values
    trails = []
    rows = zip(paths, losses, parting.outcomes, strict=True)
    for index, (path, loss, outcome) in enumerate(rows):
        points = path if ground.dim == 2 else np.column_stack([path, loss])
        kept = visible(points, box)
        trails.append(trail(axes, kept, faces[index], outcome.failed, labels[index], 5 * index))
        if index == 0:
            mark(axes, ground, points[0])
    _set_widths(trails)


def _set_widths(trails: list[Trail]) -> None:
    """The first wide and the second thin upon it, since they often run together."""
    for made, width in zip(trails, (WIDE, THIN), strict=False):
        made.line.set_linewidth(width)
        if made.casing is not None:
            made.casing.set_visible(False)


def _draw_answers(
    axes: Axes, diff: Diff, parting: Parting, faces: list[Look], labels: list[str]
) -> None:
    """What the two make of the signal."""
    answers = diff.data.answers.transpose("side", "step").values[:, 1 : parting.steps + 1]
    failed = [outcome.failed for outcome in parting.outcomes]
    _set_widths(draw_curves(axes, "answer", answers, faces, labels, failed))


def _draw_losses(
    axes: Axes, diff: Diff, parting: Parting, faces: list[Look], labels: list[str]
) -> None:
    lane = diff.data.sel(arena=parting.arena).isel(step=slice(parting.steps + 1))
    failed = [outcome.failed for outcome in parting.outcomes]
    losses = lane.loss.transpose("side", "step").values
    _set_widths(draw_curves(axes, "loss", losses, faces, labels, failed))


def _draw_distances(axes: Axes, diff: Diff, parting: Parting) -> None:
    """The distance of the free runs and that of single steps, above what is rounding."""
    lane = diff.data.sel(arena=parting.arena).isel(step=slice(parting.steps + 1))
    steps, rounding = lane.step.values, lane.rounding.values
    plain(axes, "step", "distance")
    axes.set_yscale("log")
    axes.fill_between(
        steps, FLOOR, np.maximum(rounding, FLOOR), color=BAND, linewidth=0, zorder=0.5
    )
    rows = [("free runs", lane.distance, FREE), ("one step", lane.one_step, STEPWISE)]
    if parting.spread is not None:
        rows.append(("rounded at random", lane.spread, COPIES))
    lines = []
    for name, row, colour in rows:
        values = np.where(np.isfinite(row.values) & (row.values > FLOOR), row.values, np.nan)
        lines += axes.plot(steps, values, color=colour, linewidth=1.3, label=name, zorder=3)
    seen = np.concatenate([line.get_ydata() for line in lines])
    highest = np.nanmax([*seen, 30 * np.nanmax(rounding), FLOOR * 1e4])
    if extent := float(lane.extent.max()):
        highest = min(highest, RUNAWAY * extent)
    kept = np.append(rounding[rounding > 0], FLOOR * 1e3)
    axes.set(xlim=(-0.02 * steps[-1], 1.02 * steps[-1]), ylim=(np.min(kept) / 30, 10 * highest))
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.minorticks_off()
    band = Line2D([], [], color=BAND, linewidth=6, label="rounding")
    key(axes, [*lines, band])
    _tell(axes, parting)


def _tell(axes: Axes, parting: Parting) -> None:
    """When they part, as a line and in words; or that they do not."""
    text, x, y = "the same, to rounding", 0.02, 0.93  # where the lines leave room
    if parting.step is None and parting.largest == 0:
        text = "identical"
    elif parting.by_rounding:
        text = "part because of rounding"
    elif parting.step is not None:
        axes.axvline(parting.step, color=STEPWISE, linewidth=0.8, dashes=(2, 2), zorder=2)
        text, x, y = f"part at step {parting.step}", 0.98, 0.07
    axes.text(
        x, y, text, transform=axes.transAxes, ha="left" if x < 0.5 else "right", va="center",
        size=SMALL, color=PALE, family=FAMILY,
    )  # fmt: skip

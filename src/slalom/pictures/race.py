"""The picture of a race: the landscape with the paths, the loss beside it, the legend below."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..digits import shown
from ..errors import SlalomError, unknown
from ..studies import Race
from ..studies.standing import Held
from .curves import draw_curves
from .lanes import Lanes
from .page import MARGIN, Entry, Page
from .picture import Picture
from .surface import draw_surface
from .terrain import draw_terrain, mark, shape
from .trails import Trail, style, trail, visible

VIEWS = ("contour", "surface")
KEY, TICKS = 0.28, 0.45  # inches above a panel for its key, below it for ticks and label
KEY_WIDTH = 3.6  # inches
GUTTER, BAR = 0.65, 0.65  # inches left of a panel for ticks and label; for a colour bar
LEAST = 2.2  # inches, the least height of a panel
NARROW = 8.0  # inches, the least width of a page with panels side by side


def picture(
    race: Race,
    view: str = "contour",
    size: tuple[float, float] | None = None,
    dpi: float | None = None,
) -> Picture:
    """The picture of a race; see `slalom.pictures.draw`.

    Raises:
        SlalomError: no such view, or a surface of a landscape without two dimensions.
    """
    if view not in VIEWS:
        raise SlalomError(unknown("view", view, VIEWS))
    ground, lanes = race.landscape, Lanes.of(race)
    if view == "surface" and ground.dim != 2:
        raise SlalomError(
            f"{ground.name} has {ground.dim} dimension{'s'[: ground.dim > 1]}; "
            "only landscapes of two are drawn as a surface, others with view='contour'"
        )
    width, height = size or (None, None)
    page = Page(ground.name, _subtitle(race), _entries(race, lanes), width, dpi)
    left, right = _panels(page, race, height, view)
    level = next((m.value for m in ground.minima if m.is_global), None)
    rows = (lanes.looks, lanes.labels, lanes.failed)
    last = race.data.sizes["step"] - 1
    moments = [f"step {step} of {last}" for step in range(last + 1)]
    caption = right.get_position().y1 * page.height + 0.12
    if ground.dim > 2:
        norms = race.data.gradient_norm.transpose("rule", "step").values
        trails = draw_curves(left, "loss", lanes.losses, *rows, level, lanes.rounding)
        trails += draw_curves(right, "gradient norm", norms, *rows, rounding=lanes.rounding)
        return Picture(page, trails, caption, moments)
    if view == "surface":
        draw_surface(left, race, lanes)
        trails = []
    else:
        draw_terrain(page, left, ground, race.surface)
        trails = _paths(left, lanes)
        mark(left, ground, _points(lanes)[0][0])
    trails += draw_curves(right, "loss", lanes.losses, *rows, level, lanes.rounding)
    return Picture(page, trails, caption, moments)


def _subtitle(race: Race) -> str:
    ground = race.landscape
    formula = ground.formula if ground.formula != ground.name else ""
    if ground.dim <= 2:
        return formula
    return f"{formula}{'; ' if formula else ''}{ground.dim} dimensions, so without a map"


def _entries(race: Race, lanes: Lanes) -> list[Entry]:
    settings = race.data.settings.values
    held = {s.rule: s.rounding for s in race.standings}
    return [
        Entry(
            Line2D([], [], **style(look, 6)),
            (
                str(settings[i]),
                _final(lanes, i, held[lanes.labels[i]]),
                _ending(race, lanes, i, held[lanes.labels[i]]),
            ),
        )
        for i, look in enumerate(lanes.looks)
    ]


def _final(lanes: Lanes, index: int, held: Held | None) -> str:
    if lanes.outcomes[index].failed:
        return ""
    loss = lanes.losses[index, lanes.outcomes[index].step]
    return f"final loss {shown(loss, 4, held and held.loss)}"


def _ending(race: Race, lanes: Lanes, index: int, held: Held | None) -> str:
    outcome = lanes.outcomes[index]
    lows, highs = np.transpose(race.landscape.domain)
    end = lanes.paths[index, outcome.step]
    outside = not outcome.failed and not ((end >= lows) & (end <= highs)).all()
    drawn = race.landscape.dim <= 2
    where = "outside the picture" if outside and drawn else ""
    lighter = f"{held.parted} (lighter)" if held and held.parted else ""
    return ", ".join(filter(None, [str(outcome), where, lighter]))


def _panels(page: Page, race: Race, height: float | None, view: str) -> tuple[Axes, Axes]:
    """The two panels, the first in the shape of the landscape; one above the other if narrow."""
    ground = race.landscape
    flat = ground.dim == 2 and view == "contour"
    kind = {} if view == "contour" else {"projection": "3d"}
    ratio = shape(ground)[0] if flat or ground.dim == 1 else 1.2
    gutter = 0.0 if view == "surface" else GUTTER
    bar = BAR if flat and ground.filled else 0.0
    stacked = page.width < NARROW
    room = page.room - gutter - bar
    fixed = page.top + KEY + TICKS + page.bottom
    if stacked:
        fixed += LEAST + KEY + TICKS
        tall = height - fixed if height else room / ratio
    else:
        room -= GUTTER + 0.1
        tall = height - fixed if height else min(max(0.53 * room / ratio, 3.2), 5.6)
    tall = max(tall, LEAST)
    page.set_height(max(height or 0, tall + fixed))
    wide = min(tall * ratio, room if stacked else 0.6 * room)
    left, low = MARGIN + gutter, wide / ratio
    top, bottom = page.height - page.top - KEY, page.bottom + TICKS
    first = page.panel(left, top - low, wide, low, **kind)
    if stacked:
        left, top = MARGIN + GUTTER, top - low - TICKS - KEY
    else:
        left = max(left + wide + bar + GUTTER + 0.1, left + KEY_WIDTH)
    return first, page.panel(left, bottom, page.width - MARGIN - left, top - bottom)


def _points(lanes: Lanes) -> list[np.ndarray]:
    """The paths as points of the panel, in one dimension with the loss as second coordinate."""
    if lanes.paths.shape[2] == 1:
        return [np.column_stack(p) for p in zip(lanes.paths, lanes.losses, strict=True)]
    return list(lanes.paths)


def _paths(axes: Axes, lanes: Lanes) -> list[Trail]:
    box = (axes.get_xlim(), axes.get_ylim())
    found = []
    for index, points in enumerate(_points(lanes)):
        failed = lanes.failed[index]
        kept = visible(points, box)
        look, label, off = lanes.looks[index], lanes.labels[index], lanes.rounding[index]
        found.append(trail(axes, kept, look, failed, label, index, off))
    return found

"""The picture of a landscape by itself: its map or curve, minima and critical points."""

from __future__ import annotations

import xarray as xr

from ..errors import SlalomError
from ..landscapes import Landscape
from ..studies.saved_landscape import surface_of
from .page import MARGIN, Page
from .terrain import draw_terrain, mark, shape

WIDTH = 6.4  # inches
GUTTER, TICKS, KEY, BAR = 0.65, 0.45, 0.28, 0.65  # inches


def landscape_page(
    landscape: Landscape,
    size: tuple[float, float] | None = None,
    dpi: float | None = None,
    surface: xr.DataArray | None = None,
) -> Page:
    """The page with the picture of a landscape; see `slalom.pictures.draw`.

    Args:
        landscape: what to draw.
        size: width and height in inches.
        dpi: dots an inch.
        surface: its heights, where the landscape itself cannot tell them.

    Raises:
        SlalomError: the landscape has more than two dimensions.
    """
    if landscape.dim > 2:
        raise SlalomError(
            f"{landscape.name} has {landscape.dim} dimensions; only one or two can be drawn"
        )
    surface = surface_of(landscape) if surface is None else surface
    width, height = size or (WIDTH, None)
    formula = landscape.formula if landscape.formula != landscape.name else ""
    page = Page(landscape.name, formula, (), width, dpi)
    fixed = page.top + KEY + TICKS + page.bottom
    bar = BAR if landscape.filled and landscape.dim == 2 else 0.0
    ratio = shape(landscape)[0]
    wide = page.room - GUTTER - bar
    tall = height - fixed if height else wide / ratio
    wide = min(wide, tall * ratio)
    page.set_height(tall + fixed)
    panel = page.panel(MARGIN + GUTTER, page.bottom + TICKS, wide, wide / ratio)
    draw_terrain(page, panel, landscape, surface)
    mark(panel, landscape, critical=True)
    return page

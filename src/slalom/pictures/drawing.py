"""From labelled data to a figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure

from ..errors import SlalomError
from ..landscapes import Landscape
from ..studies import Chart, Diff, Race, Response, Result
from ..studies.maps import Basins, Critical, Sensitivity, Stability
from .basins import basins_page
from .chart import chart_picture
from .diff import diff_page
from .glyphs import boxes_for_missing
from .heat import sensitivity_page, stability_page
from .landscape import landscape_page
from .page import Page
from .race import picture
from .response import response_page


def _chart_page(chart: Chart, size: Any, dpi: Any) -> Page:
    return chart_picture(chart, size, dpi).page


def _critical_page(critical: Critical, size: Any, dpi: Any) -> Page:
    return landscape_page(critical.marked, size, dpi, critical.saved_surface)


PAGES: dict[type, Callable[..., Page]] = {
    Response: response_page,
    Landscape: landscape_page,
    Chart: _chart_page,
    Diff: diff_page,
    Basins: basins_page,
    Sensitivity: sensitivity_page,
    Stability: stability_page,
    Critical: _critical_page,
}
"""What has one view only: how its page is drawn, from the thing, a size and the dots an inch."""


@boxes_for_missing()
def draw(
    thing: Result | Landscape,
    *,
    view: str = "contour",
    size: tuple[float, float] | None = None,
    dpi: float | None = None,
) -> Figure:
    """A figure of a race, a response, a landscape, a chart, a diff or a map.

    Args:
        thing: what to draw.
        view: of a race: `contour`, a map, or `surface`, in three dimensions.
        size: width and height in inches; the height grows where panels and legend need more.
            Default: 11 wide (a landscape alone: 6.4), and as high as looks well.
        dpi: dots an inch, 150 by default.

    Raises:
        SlalomError: something that has no picture, or not this view.
    """
    if isinstance(thing, Race):
        return picture(thing, view, size, dpi).page.figure
    page = PAGES.get(type(thing))
    if page is None:
        *names, last = (f"a {kind.__name__.lower()}" for kind in (Race, *PAGES))
        raise SlalomError(
            f"what is drawn must be {', '.join(names)} or {last}, got {type(thing).__name__}"
        )
    if view != "contour":
        raise SlalomError(f"only a race has another view than contour, got {thing!r}")
    return page(thing, size, dpi).figure

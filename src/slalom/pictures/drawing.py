"""From labelled data to a figure."""

from __future__ import annotations

from matplotlib.figure import Figure

from ..errors import SlalomError
from ..landscapes import Landscape
from ..studies import Race, Response
from .landscape import landscape_page
from .race import picture
from .response import response_page


def draw(
    thing: Race | Response | Landscape,
    *,
    view: str = "contour",
    size: tuple[float, float] | None = None,
    dpi: float | None = None,
) -> Figure:
    """A figure of a race, a response or a landscape.

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
    if not isinstance(thing, (Response, Landscape)):
        raise SlalomError(f"draw a race, a response or a landscape, not {type(thing).__name__}")
    if view != "contour":
        raise SlalomError(f"only a race has another view than contour, not {thing!r}")
    page = response_page if isinstance(thing, Response) else landscape_page
    return page(thing, size, dpi).figure  # pyright: ignore[reportArgumentType]

"""The animation of a race or a chart: its picture, with the trails growing step by step."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg

from ..atomic import replacing
from ..errors import SlalomError
from ..studies import Chart, Race
from .chart import chart_picture
from .encoder import KINDS, encoder
from .glyphs import boxes_for_missing
from .page import FAMILY, MARGIN, PALE, TEXT, WIDTH
from .picture import Picture
from .race import picture
from .saving import checked_ending
from .trails import MOVING

SIZE, FPS = (1200, 800), 25.0
LEAST = 100  # pixels
UPRIGHT = 6.0  # inches, the width of a page that is not wider than high
FASTEST = 60  # frames a second
SHORTEST, LONGEST = 3.0, 10.0  # seconds, where none are asked for

Progress = Callable[[int, int], None]


@boxes_for_missing()
def animate(
    thing: Race | Chart,
    path: str | Path,
    *,
    seconds: float | None = None,
    fps: float = FPS,
    size: tuple[int, int] = SIZE,
    tail: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the animation of a race to `path`, whole or not at all; the ending tells the format.

    Args:
        thing: what to show: a race, or a chart with lines, which grow along their x.
        path: a file ending in .mp4 (H.264), .gif or .webp, which keeps equal frames as one.
        seconds: how long it lasts. Default: a frame for each step, but 3 to 10 s.
        fps: frames a second, at most 60.
        size: width and height in pixels, at least 100; an MP4 has even ones, rounded up.
        tail: how many of the last steps stay visible, at least 1. Default: all.
        progress: called after every frame with how many are done, and of how many.

    Raises:
        SlalomError: something that does not move, another ending, a number out of range, a
            place that cannot be written to, or an encoder that fails.
    """
    kind = checked_ending(path, KINDS, "an animation")
    if not 0 < fps <= FASTEST:
        raise SlalomError(f"fps must be above 0 and at most {FASTEST}, got {fps:g}")
    if seconds is not None and not 0 < seconds < math.inf:
        raise SlalomError(f"seconds must be above 0, got {seconds:g}")
    if len(size) != 2 or min(size) < LEAST:
        raise SlalomError(
            f"size must be a width and a height of {LEAST} pixels or more, got {size}"
        )
    if tail is not None and tail < 1:
        raise SlalomError(f"tail must be at least 1 step, got {tail}")
    width, height = (s + s % 2 for s in size) if kind == "mp4" else size
    with replacing(path) as made:
        film = Film(thing, (width, height), tail)
        last = film.last
        lasting = seconds or min(max(last / fps, SHORTEST), LONGEST)
        count = max(2, round(lasting * fps))
        with encoder(made, (width, height), fps, film.frame(last)) as write:
            for index in range(count):
                write(film.frame(round(index * last / (count - 1))))
                if progress is not None:
                    progress(index + 1, count)


class Film:
    """A picture whose ground is drawn once, and of which each frame draws only what moves."""

    def __init__(self, thing: Race | Chart, size: tuple[int, int], tail: int | None = None):
        self.picture, self.tail = _fitted(thing, size), tail
        self.last = len(self.picture.moments) - 1
        page, figure = self.picture.page, self.picture.page.figure
        self.caption = figure.text(
            1 - MARGIN / page.width, self.picture.caption_height / figure.get_figheight(), "",
            ha="right", va="bottom", size=TEXT, color=PALE, family=FAMILY,
        )  # fmt: skip
        lines = [line for axes in figure.axes for line in axes.lines if line.zorder >= MOVING]
        bands = [trail.band for trail in self.picture.trails if trail.band is not None]
        self.moving = [*bands, *sorted(lines, key=lambda line: line.zorder), self.caption]
        for artist in self.moving:
            artist.set_animated(True)
        self.canvas = FigureCanvasAgg(figure)
        self.canvas.draw()
        self.ground = self.canvas.copy_from_bbox(figure.bbox)
        self.shown = -1

    def show(self, step: int) -> None:
        """Set what moves to a step."""
        for trail in self.picture.trails:
            trail.show(step, self.tail)
        self.caption.set_text(self.picture.moments[step])

    def frame(self, step: int) -> memoryview:
        """The frame at a step, RGBA, valid until the next is asked for."""
        if step != self.shown:
            self.shown = step
            self.show(step)
            self.canvas.restore_region(self.ground)
            renderer = self.canvas.get_renderer()
            for artist in self.moving:
                artist.draw(renderer)
        return self.canvas.buffer_rgba()


def _fitted(thing: Race | Chart, size: tuple[int, int]) -> Picture:
    """The picture in exactly so many pixels, its letters as large as panels and legend allow.

    Raises:
        SlalomError: nothing in it moves.
    """
    width = WIDTH if size[0] > 1.15 * size[1] else UPRIGHT
    while True:
        height = width * size[1] / size[0]
        dpi = size[0] / width
        made = _moving(thing, (width, height), dpi)
        if made.page.height <= height:
            # a hair more, or rounding might lose a row of pixels
            made.page.figure.set_size_inches((size[0] + 0.01) / dpi, (size[1] + 0.01) / dpi)
            return made
        width *= 1.15


def _moving(thing: Any, size: tuple[float, float], dpi: float) -> Picture:
    if isinstance(thing, Race):
        return picture(thing, size=size, dpi=dpi)
    if not isinstance(thing, Chart):
        raise SlalomError(f"only a race or a chart can be animated, got {type(thing).__name__}")
    made = chart_picture(thing, size, dpi, moving=True)
    if not made.trails:
        raise SlalomError(f"the chart {thing.title!r} has no lines that could be animated")
    return made

"""The animation of a race: its picture, with the trails growing step by step."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg

from ..atomic import replacing
from ..errors import SlalomError
from ..studies import Race
from .encoder import KINDS, encoder
from .page import FAMILY, PALE, TEXT, WIDTH
from .race import Picture, picture
from .saving import checked_ending
from .trails import MOVING

SIZE, FPS = (1200, 800), 25.0
LEAST = 100  # pixels
UPRIGHT = 6.0  # inches, the width of a page that is not wider than high
FASTEST = 60  # frames a second
SHORTEST, LONGEST = 3.0, 10.0  # seconds, where none are asked for

Progress = Callable[[int, int], None]


def animate(
    race: Race,
    path: str | Path,
    *,
    seconds: float | None = None,
    fps: float = FPS,
    size: tuple[int, int] = SIZE,
    progress: Progress | None = None,
) -> None:
    """Write the animation of a race to `path`, whole or not at all; the ending tells the format.

    Args:
        race: what to show.
        path: a file ending in .mp4 (H.264), .gif or .webp, which keeps equal frames as one.
        seconds: how long it lasts. Default: a frame for each step, but 3 to 10 s.
        fps: frames a second, at most 60.
        size: width and height in pixels, at least 100; an MP4 has even ones, rounded up.
        progress: called after every frame with how many are done, and of how many.

    Raises:
        SlalomError: another ending, a number out of range, a place that cannot be written to,
            or an encoder that fails.
    """
    kind = checked_ending(path, KINDS, "an animation")
    if not 0 < fps <= FASTEST:
        raise SlalomError(f"fps is above 0 and at most {FASTEST}, not {fps:g}")
    if seconds is not None and not 0 < seconds < math.inf:
        raise SlalomError(f"seconds is above 0, not {seconds:g}")
    if len(size) != 2 or min(size) < LEAST:
        raise SlalomError(f"size is a width and a height of {LEAST} pixels or more, not {size}")
    last = race.data.sizes["step"] - 1
    lasting = seconds or min(max(last / fps, SHORTEST), LONGEST)
    count = max(2, round(lasting * fps))
    width, height = (s + s % 2 for s in size) if kind == "mp4" else size
    with replacing(path) as made:
        film = Film(race, (width, height))
        with encoder(made, (width, height), fps, film.frame(last)) as write:
            for index in range(count):
                write(film.frame(round(index * last / (count - 1))))
                if progress is not None:
                    progress(index + 1, count)


class Film:
    """A picture whose ground is drawn once, and of which each frame draws only what moves."""

    def __init__(self, race: Race, size: tuple[int, int]):
        self.picture = _fitted(race, size)
        self.last = race.data.sizes["step"] - 1
        figure = self.picture.page.figure
        right = figure.axes[1].get_position()
        self.caption = figure.axes[1].text(
            1, 1 + 0.12 / (right.height * figure.get_figheight()), "",
            transform=figure.axes[1].transAxes, ha="right", va="bottom",
            size=TEXT, color=PALE, family=FAMILY,
        )  # fmt: skip
        lines = [line for axes in figure.axes for line in axes.lines if line.zorder >= MOVING]
        self.moving = [*sorted(lines, key=lambda line: line.zorder), self.caption]
        for artist in self.moving:
            artist.set_animated(True)
        self.canvas = FigureCanvasAgg(figure)
        self.canvas.draw()
        self.ground = self.canvas.copy_from_bbox(figure.bbox)
        self.shown = -1

    def show(self, step: int) -> None:
        """Set what moves to a step."""
        for trail in self.picture.trails:
            trail.show(step)
        self.caption.set_text(f"step {step} of {self.last}")

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


def _fitted(race: Race, size: tuple[int, int]) -> Picture:
    """The picture in exactly so many pixels, its letters as large as panels and legend allow."""
    width = WIDTH if size[0] > 1.15 * size[1] else UPRIGHT
    while True:
        height = width * size[1] / size[0]
        dpi = size[0] / width
        made = picture(race, size=(width, height), dpi=dpi)
        if made.page.height <= height:
            # a hair more, or rounding might lose a row of pixels
            made.page.figure.set_size_inches((size[0] + 0.01) / dpi, (size[1] + 0.01) / dpi)
            return made
        width *= 1.15

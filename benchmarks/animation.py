"""Animations against Matplotlib's FuncAnimation: the same frames, in the same process."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import matplotlib
from matplotlib.animation import FFMpegWriter, FuncAnimation, PillowWriter

from slalom.articles.habr import COMPARISON
from slalom.pictures import animate
from slalom.pictures.animation import Film
from slalom.studies import Race, race

from .table import Row, seconds

SIZE, FPS = (1200, 800), 25


def with_slalom(run: Race, path: Path, frames: int) -> None:
    animate(run, path, seconds=frames / FPS, fps=FPS, size=SIZE)


def with_matplotlib(run: Race, path: Path, frames: int) -> None:
    film = Film(run, SIZE)  # the same figure, of which FuncAnimation draws everything each time
    for artist in film.moving:
        artist.set_animated(False)

    def draw(index: int) -> list:
        film.show(round(index * film.last / (frames - 1)))
        return []

    writer = {".mp4": FFMpegWriter, ".gif": PillowWriter}[path.suffix](fps=FPS)
    made = FuncAnimation(film.picture.page.figure, draw, frames=frames, init_func=list)
    made.save(path, writer=writer, dpi=film.picture.page.figure.dpi)


def timed(make: Callable[[Race, Path, int], None], run: Race, path: Path, frames: int):
    begin = time.perf_counter()
    make(run, path, frames)
    return time.perf_counter() - begin, path.stat().st_size


def rows(frames: int = 120) -> list[Row]:
    matplotlib.rcParams["animation.ffmpeg_path"] = imageio_ffmpeg.get_ffmpeg_exe()
    run = race("hills_and_canyon", COMPARISON)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        with_slalom(run, Path(folder) / "warm.mp4", 2)
        for kind, target in ((".mp4", 6), (".gif", 8)):
            ours, size = timed(with_slalom, run, Path(folder) / f"ours{kind}", frames)
            theirs, their_size = timed(with_matplotlib, run, Path(folder) / f"theirs{kind}", frames)
            found.append(
                Row(
                    f"{frames} frames of {SIZE[0]} × {SIZE[1]}, {kind[1:].upper()}",
                    f"{seconds(ours)}, {size / 1e3:,.0f} kB",
                    "`FuncAnimation.save`, the same frames",
                    f"{seconds(theirs)}, {their_size / 1e3:,.0f} kB",
                    f"{theirs / ours:.1f} times faster",
                    f"at least {target} times, no larger",
                    theirs >= target * ours and size <= their_size,
                )
            )
    return found

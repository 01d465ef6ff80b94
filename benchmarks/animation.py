"""Slalom's animations against Matplotlib's FuncAnimation: the same frames, in the same process.

Run `python benchmarks/animation.py [frames]`; 120 frames by default, of 1200 x 800 pixels.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import matplotlib
from matplotlib.animation import FFMpegWriter, FuncAnimation, PillowWriter

from slalom.pictures import animate
from slalom.pictures.animation import Film
from slalom.studies import Race, race

SIZE, FPS = (1200, 800), 25
RULES = (
    "nesterov(lr=0.01, momentum=0.9, shifted=true)",
    "rmsprop(lr=0.25, decay=0.9, eps=1e-6)",
    "adadelta(lr=100, decay=0.95, eps=1e-6)",
    "adagrad(lr=1.0, eps=1e-6)",
    "adam(lr=0.25, eps_hat=true)",
)


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


def main(frames: int) -> None:
    matplotlib.rcParams["animation.ffmpeg_path"] = imageio_ffmpeg.get_ffmpeg_exe()
    run = race("hills_and_canyon", RULES)
    with tempfile.TemporaryDirectory() as folder:
        with_slalom(run, Path(folder) / "warm.mp4", 2)
        print(f"{frames} frames of {SIZE[0]} x {SIZE[1]}")
        print("kind   slalom             FuncAnimation      times as fast   size ratio")
        for kind in (".mp4", ".gif"):
            ours, bytes_ours = timed(with_slalom, run, Path(folder) / f"ours{kind}", frames)
            theirs, bytes_theirs = timed(
                with_matplotlib, run, Path(folder) / f"theirs{kind}", frames
            )
            print(
                f"{kind[1:]:4} {ours:6.2f} s {bytes_ours / 1e3:7.0f} kB"
                f" {theirs:7.2f} s {bytes_theirs / 1e3:7.0f} kB"
                f" {theirs / ours:12.1f} {bytes_ours / bytes_theirs:14.2f}"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 120)

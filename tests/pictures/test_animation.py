"""Animations, opened again and looked at."""

import os
import re
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image, ImageSequence

from slalom import landscapes
from slalom.errors import SlalomError
from slalom.pictures import animate
from slalom.pictures.animation import Film

SIZE = (480, 320)


def ffmpeg(*arguments):
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False)


def about(path):
    """What ffmpeg says of a film's picture: codec, pixel format, size."""
    said = ffmpeg("-i", path).stderr.decode()
    return next(line for line in said.splitlines() if "Video:" in line)


def frames_of(path):
    """The frames of a film, shape (n, height, width, 3)."""
    if path.suffix != ".mp4":
        with Image.open(path) as image:
            return np.array([f.convert("RGB") for f in ImageSequence.Iterator(image)])
    width, height = map(int, re.search(r"(\d{3,})x(\d{3,})", about(path)).groups())
    raw = ffmpeg("-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-").stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


@pytest.mark.parametrize("kind", ["mp4", "gif", "webp"])
def test_a_film_has_its_frames_and_the_path_grows(two_rules, tmp_path, kind):
    path = tmp_path / f"race.{kind}"
    told = []
    animate(two_rules, path, seconds=0.8, fps=15, size=SIZE, progress=lambda *p: told.append(p))
    frames = frames_of(path)
    assert frames.shape == (12, SIZE[1], SIZE[0], 3)
    assert told == [(k, 12) for k in range(1, 13)]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]

    film = Film(two_rules, SIZE)
    at = film.picture.page.figure.axes[0].transData.transform
    changes = np.abs(frames[-1].astype(int) - frames[0]).max(axis=-1)
    x, y = at((-1.4, -1.25)).round().astype(int)  # half way to the minimum
    assert changes[SIZE[1] - y - 3 : SIZE[1] - y + 3, x - 3 : x + 3].max() > 60
    x, y = at((1.4, -1.25)).round().astype(int)  # where nobody goes
    assert changes[SIZE[1] - y - 3 : SIZE[1] - y + 3, x - 3 : x + 3].max() < 20


def test_frames_are_what_drawing_everything_gives(diverging):
    film = Film(diverging, SIZE)
    for step in (0, 2, 3, 11, 20):
        quick = np.array(film.frame(step))
        for artist in film.moving:
            artist.set_animated(False)
        film.canvas.draw()
        whole = np.array(film.canvas.buffer_rgba())
        for artist in film.moving:
            artist.set_animated(True)
        # lines that cross the frame of a panel are drawn above it rather than beneath
        assert np.mean(np.any(quick != whole, axis=-1)) < 2e-3


def test_the_cross_comes_when_the_path_ends(diverging):
    film = Film(diverging, SIZE)
    path = film.picture.trails[1]
    film.frame(2)
    assert not path.cross.get_visible()
    assert path.head.get_visible()
    assert path.head.get_xydata().tolist() == [[1, -2.5]]
    film.frame(3)
    assert path.cross.get_xydata().tolist() == [[3, -2.5]]
    assert path.cross.get_visible()
    assert not path.head.get_visible()


def test_the_step_is_written(two_rules):
    film = Film(two_rules, SIZE)
    film.frame(7)
    assert film.caption.get_text() == "step 7 of 20"


@pytest.mark.parametrize("ground", [landscapes.cosine_1d, landscapes.quadratic.of(dim=4)], ids=str)
def test_other_dimensions_move_too(make_race, tmp_path, ground):
    path = np.linspace(ground.start, np.zeros(ground.dim), 10)
    made = make_race(ground, {"adam(lr=1)": (path, "finished")})
    animate(made, tmp_path / "race.gif", seconds=0.5, fps=10, size=SIZE)
    frames = frames_of(tmp_path / "race.gif")
    assert len(frames) == 5
    assert (frames[0] != frames[-1]).any()


def test_odd_sizes(two_rules, tmp_path):
    for kind, size in (("mp4", (302, 202)), ("gif", (301, 201))):
        animate(two_rules, tmp_path / f"r.{kind}", seconds=0.2, fps=10, size=(301, 201))
        assert frames_of(tmp_path / f"r.{kind}")[0].shape == (size[1], size[0], 3)


@pytest.mark.parametrize("size", [(240, 480), (300, 300), (640, 200)])
def test_a_frame_has_exactly_the_size_asked_for(two_rules, size):
    assert np.shape(Film(two_rules, size).frame(20)) == (*size[::-1], 4)


def test_an_mp4_plays_everywhere(two_rules, tmp_path):
    animate(two_rules, tmp_path / "r.mp4", seconds=0.2, fps=10, size=SIZE)
    assert "h264" in about(tmp_path / "r.mp4")
    assert "yuv420p" in about(tmp_path / "r.mp4")


def test_without_seconds_there_is_a_frame_a_step_or_three_seconds(two_rules, tmp_path):
    told = []
    animate(
        two_rules, tmp_path / "r.mp4", fps=10, size=(200, 120), progress=lambda *p: told.append(p)
    )
    assert told[-1] == (30, 30)


@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_an_interrupt_leaves_nothing(two_rules, tmp_path, kind, monkeypatch):
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1]
    )

    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        animate(two_rules, tmp_path / f"r.{kind}", seconds=1, size=SIZE, progress=stop)
    assert not list(tmp_path.iterdir())
    assert started
    assert all(process.poll() is not None for process in started)


@pytest.mark.parametrize("reads", ["", "cat > /dev/null"], ids=["at once", "in the end"])
def test_an_encoder_that_fails_says_why(two_rules, tmp_path, monkeypatch, reads):
    failing = tmp_path / "ffmpeg"
    failing.write_text(f"#!/bin/sh\n{reads}\necho one >&2\necho no space left >&2\nexit 3\n")
    failing.chmod(0o755)
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: str(failing))
    (tmp_path / "out").mkdir()
    with pytest.raises(SlalomError, match="ffmpeg failed: no space left"):
        animate(two_rules, tmp_path / "out" / "r.mp4", seconds=0.5, size=SIZE)
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("r.avi", {}, r"must end in \.mp4, \.gif or \.webp, got"),
        ("no/r.gif", {}, "cannot write .*there is no folder"),
        ("r.gif", {"fps": 0}, "fps must be above 0 and at most 60, got 0"),
        ("r.gif", {"fps": 100}, "fps must be above 0 and at most 60, got 100"),
        ("r.gif", {"seconds": -1}, "seconds must be above 0, got -1"),
        ("r.gif", {"size": (50, 800)}, "100 pixels or more"),
        ("r.gif", {"tail": 0}, "tail must be at least 1 step, got 0"),
    ],
)
def test_what_cannot_be_made(two_rules, tmp_path, name, wrong, message):
    with pytest.raises(SlalomError, match=message):
        animate(two_rules, tmp_path / name, **wrong)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_writable(two_rules, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(SlalomError, match="not writable"):
        animate(two_rules, tmp_path / "r.gif", seconds=0.2)


def test_pictures_need_no_display():
    command = "import slalom.pictures, sys; assert 'matplotlib.pyplot' not in sys.modules"
    environment = {k: v for k, v in os.environ.items() if k != "DISPLAY"}
    subprocess.run([sys.executable, "-c", command], check=True, env=environment, cwd=Path.cwd())

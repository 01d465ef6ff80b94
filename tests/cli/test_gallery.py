"""`slalom gallery`: what it is told, what it says, and how it ends."""

import os
import signal
import time
from pathlib import Path

import pytest

from slalom import gallery
from slalom.errors import SlalomError
from slalom.gallery import Built

HEAVY = "jax", "matplotlib", "numpy", "torch", "xarray"


@pytest.fixture
def asked(monkeypatch):
    """What the library is asked for by the command, and what it answers."""

    class Asked:
        answer = Built(Path("site/index.html"), ["C18", "c18.html"], 3)

        def __call__(self, folder, only, *, progress, **options):
            self.folder, self.only, self.options = folder, only, options
            if isinstance(self.answer, BaseException):
                raise self.answer
            progress(1, 2)
            return self.answer

    made = Asked()
    monkeypatch.setattr(gallery, "build", made)
    return made


def test_what_is_given_reaches_the_builder(slalom, asked):
    result = slalom("gallery", "--out", "site", "--size", "small", "--workers", "1")
    assert (result.status, result.out) == (0, "")
    assert result.err == "made 2, up to date 3: site/index.html\n"
    assert (asked.folder, asked.only) == ("site", [])
    assert asked.options == {"size": "small", "workers": 1}
    assert slalom("gallery", "--out", "site", "--quiet").err == ""
    assert asked.options == {"size": "full", "workers": None}


@pytest.mark.parametrize(
    "names", [["--only", "S3", "S7", "C18"], ["--only", "S3", "--only", "S7", "--only", "C18"]]
)
def test_some_of_it_alone(slalom, asked, names):
    assert slalom("gallery", *names, "--out", "site").status == 0
    assert asked.only == ["S3", "S7", "C18"]


def test_what_could_not_be_made_is_told_in_a_line_each(slalom, asked):
    asked.answer = Built(Path("site/index.html"), [], 0, {"S4/a": "no luck", "C2": "no data"})
    result = slalom("gallery", "--out", "site", "--quiet")
    assert (result.status, result.out) == (1, "")
    assert result.err == "slalom: S4/a: no luck\nslalom: C2: no data\n"


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (KeyboardInterrupt(), 130, "interrupted; the same command continues where it stopped"),
        (SlalomError("site is a file"), 2, "site is a file"),
        (OSError(28, "No space left on device", "a.png"), 1, "a.png: No space left on device"),
    ],
)
def test_what_ends_a_build_is_told_in_one_line(slalom, asked, error, status, told):
    asked.answer = error
    result = slalom("gallery", "--out", "site")
    assert (result.status, result.complaint) == (status, f"slalom: {told}")


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--only", "S3"], "Missing option '--out'."),
        (["--out", "site", "--workers", "two"], "must be a whole number, got 'two'"),
        (["--out", "site", "--workers", "0"], "workers must be at least 1, got 0"),
        (["--out", "mine.txt"], "mine.txt is a file; a gallery needs a folder of its own"),
        (["--out", "mine"], "mine is not empty and holds no gallery"),
        (["--out", "mine.txt/site"], "mine.txt"),
    ],
)
def test_bad_input(slalom, tmp_path, argv, told):
    (tmp_path / "mine").mkdir()
    for name in ("mine.txt", "mine/index.html"):
        (tmp_path / name).write_text("mine")
    result = slalom("gallery", *argv)
    assert result.status in (1, 2)
    assert told in result.complaint
    found = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*"))
    assert found == ["mine", "mine.txt", "mine/index.html"]
    assert (tmp_path / "mine/index.html").read_text() == "mine"


def test_a_refusal_loads_nothing_heavy(process, tmp_path):
    (tmp_path / "site").write_text("mine")
    program = f"""
import sys
from slalom.cli import main
assert main(["gallery", "--out", "site"]) == 2
assert main(["gallery", "--help"]) == main(["claims", "--help"]) == 0
assert not [name for name in {HEAVY!r} if name in sys.modules]
"""
    ran = process(command=("-c", program))
    _, complaints = ran.communicate(timeout=60)
    assert ran.returncode == 0, complaints


def test_ctrl_c_ends_all_processes_and_tells_how_to_go_on(process, tmp_path):
    argv = ("gallery", "--out", "site", "--only", "critical", "--workers", "1", "--size", "small")
    ran = process(*argv, start_new_session=True)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("site/.slalom-*/*")):  # a worker is at work
        assert time.monotonic() < deadline
        assert ran.poll() is None
        time.sleep(0.02)
    os.killpg(ran.pid, signal.SIGINT)  # as a terminal does
    _, complaints = ran.communicate(timeout=60)
    assert ran.returncode == 130
    told = "slalom: interrupted; the same command continues where it stopped\n"
    assert complaints == told
    assert not list(tmp_path.glob("site/.slalom-*"))
    while anyone_in(ran.pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def anyone_in(group):
    """Whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True

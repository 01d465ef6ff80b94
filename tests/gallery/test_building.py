"""What is up to date stays, what is not is made, and whatever ends a build, the next continues."""

import errno
import importlib
import json
import sys

import pytest

from slalom import workers
from slalom.errors import SlalomError
from slalom.gallery import building, making

LINES = "lines:LINES"
ALL_LINES = ["line"] * 2
CATALOGUE = """
from slalom.gallery.catalogue import Catalogue
from tiny_claims import CLAIMS
from dataclasses import replace
from tiny_studies import LINE

LINE = replace(LINE, figures=LINE.figures[:2])
LINES = Catalogue((LINE,), (), CLAIMS[:1], "tiny_claims")
"""
MORE = """
OTHER = replace(LINE.figures[1], arguments={"slope": 6.0})

"""


class InProcess:
    """A pool that works in this process, on modules that are loaded afresh."""

    def __init__(self, workers):
        assert workers == 1

    def __enter__(self):
        for name in ("lines", "tiny_claims", "tiny_studies"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return self

    def __exit__(self, *_):
        pass

    def each(self, work, tasks):
        for task in tasks:
            yield task, workers._tried(work, task)


@pytest.fixture
def lines(workshop, monkeypatch):
    """A workshop whose catalogue has lines and a claim only, which are drawn at once."""
    (workshop.sources / "lines.py").write_text(CATALOGUE)
    monkeypatch.setattr(building, "Pool", InProcess)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # or a change within a second is missed
    first = workshop.build

    def build(*only, **options):
        return first(*only, catalogue=LINES, **options)

    workshop.build = build
    return workshop


class Stop(BaseException):
    """What Ctrl-C raises, but no test runner minds it."""


def test_a_build_is_done_once_and_again_only_where_something_changed(lines):
    built, calls = lines.build()
    assert calls == [*ALL_LINES, "line", "steepness"]
    assert built.failed == {}
    before = lines.stamps()

    built, calls = lines.build()
    assert (calls, built.made, built.kept) == ([], [], 3 + 5)
    assert lines.stamps() == before


def test_an_argument_that_changed(lines):
    lines.build()
    lines.change("lines.py", "LINE,)", "replace(LINE, figures=(LINE.figures[0], OTHER)),)")
    lines.change("lines.py", "LINES =", MORE + "LINES =")
    built, calls = lines.build()
    assert calls == ["line"]
    assert set(built.made) == {"S1/line-2", "s1.html"}


def test_a_source_that_a_result_depends_on(lines):
    lines.build()
    lines.change("tiny_claims.py", '"""The slope of a line, twice."""', '"""Its slope."""')
    built, calls = lines.build()
    assert calls == ["line", "steepness"]
    assert built.made[0] == "C1"
    assert not any(name.startswith("S1") for name in built.made)


def test_a_source_that_its_source_imports(lines):
    lines.build()
    lines.change("tiny_studies.py", '"""Note a call, so that a test can count them."""', "")
    assert lines.build()[1] == [*ALL_LINES, "line", "steepness"]  # the claim's module imports it


def test_a_catalogue_that_says_other_words_changes_pages_alone(lines):
    lines.build()
    lines.change("lines.py", "(LINE,)", "(replace(LINE, title='L'),)")
    built, calls = lines.build()
    assert calls == []
    assert set(built.made) == {"index.html", "s1.html", "c1.html"}
    assert "<h1>L</h1>" in (lines.site / "s1.html").read_text()


def test_what_was_removed_or_spoilt_is_made_again(lines):
    lines.build()
    (lines.site / "media/s1/line-2.png").unlink()
    (lines.site / "c1.html").write_text("spoilt")
    built, calls = lines.build()
    assert calls == ["line"]
    assert built.made == ["S1/line-2", "c1.html"]


def test_what_the_catalogue_has_no_more_goes(lines):
    lines.build()
    lines.change("lines.py", "CLAIMS[:1]", "()")
    built, calls = lines.build()
    assert calls == []
    assert not (lines.site / "c1.html").exists()
    assert not list((lines.site / "media").glob("c1/*"))
    assert "Lines &lt;rise&gt;" not in (lines.site / "s1.html").read_text()
    assert built.made == ["index.html", "s1.html"]


def test_an_interrupted_build_continues(lines):
    def stop_after_two(done, _):
        if done == 2:
            raise Stop

    with pytest.raises(Stop):
        lines.build(progress=stop_after_two)
    assert not list(lines.site.glob(".slalom-*"))
    entries = json.loads((lines.site / "manifest.json").read_text())["items"]
    assert len(entries) == 2
    (lines.site / ".slalom-abcdefgh.tmp").mkdir()  # as a build that was killed leaves it
    (lines.site / ".slalom-abcdefgh.tmp" / "half").write_text("")
    built, calls = lines.build()
    assert calls == ["line"]
    assert not set(entries) & set(built.made)
    assert not list(lines.site.glob(".slalom-*"))
    assert lines.build()[1] == []


def test_a_failure_is_told_and_the_others_are_made(lines, monkeypatch):
    monkeypatch.setenv("BROKEN", "yes")
    built, calls = lines.build("S1")
    assert calls == ALL_LINES
    assert built.failed == {f"S1/line-{n}": "ValueError: no luck <today>" for n in (1, 2)}
    monkeypatch.delenv("BROKEN")
    built, calls = lines.build()
    assert built.failed == {}
    assert calls == [*ALL_LINES, "line", "steepness"]


def test_only_some_and_then_the_rest(lines):
    assert lines.build("c1")[1] == ["line", "steepness"]
    assert not (lines.site / "s1.html").exists()
    assert lines.build("S1")[1] == ALL_LINES
    assert (lines.site / "c1.html").exists()
    assert 'href="c1.html"' in (lines.site / "s1.html").read_text()


def test_no_room_on_the_disk_stops_the_build(lines, monkeypatch):
    lines.build("C1")

    def full(task):
        raise OSError(errno.ENOSPC, "No space left on device", "a.png")

    monkeypatch.setattr(making, "make", full)
    with pytest.raises(SlalomError, match=r"cannot write a\.png: No space left on device"):
        lines.build()
    monkeypatch.undo()
    assert set(json.loads((lines.site / "manifest.json").read_text())["items"]) >= {"C1"}


def test_bad_input(lines):
    with pytest.raises(SlalomError, match="unknown study, map or claim 'S9'; "):
        lines.build("S9")
    with pytest.raises(SlalomError, match="size must be full or small, got 'big'"):
        lines.build(size="big")


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        "not JSON",
        "[]",
        '{"made_by": "another", "items": {}}',
        '{"made_by": "slalom gallery", "items": {"a": {"key": "", "files": {"../calls": ""}}}}',
    ],
)
def test_a_folder_of_others_is_left_as_it_is(lines, manifest):
    lines.site.mkdir()
    (lines.site / "index.html").write_text("mine")
    if manifest is not None:
        (lines.site / "manifest.json").write_text(manifest)
    before = {p.name: p.read_bytes() for p in lines.site.iterdir()}
    with pytest.raises(SlalomError, match="is not empty and holds no gallery"):
        lines.build()
    assert {p.name: p.read_bytes() for p in lines.site.iterdir()} == before


def test_a_folder_that_is_a_file(lines):
    lines.site.write_text("mine")
    with pytest.raises(SlalomError, match="is a file; a gallery needs a folder of its own"):
        lines.build()
    assert lines.site.read_text() == "mine"

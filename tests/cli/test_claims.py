"""`slalom claims`: verdicts on the screen, as JSON, and pictures."""

import dataclasses
import json

import pytest
from PIL import Image

from slalom import workers
from slalom.articles.claims import VERDICTS
from slalom.articles.claims.catalogue import CLAIMS, find
from slalom.articles.claims.claim import Measured
from slalom.errors import SlalomError


class InProcess:
    """A pool that works in this process."""

    def __init__(self, _):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def each(self, work, tasks):
        for task in reversed(list(tasks)):  # those that end first come first
            yield task, workers._tried(work, task)


@pytest.fixture
def here(slalom, monkeypatch):
    """The command line without other processes."""
    monkeypatch.setattr(workers, "Pool", InProcess)
    return slalom


def changed(monkeypatch, name, measure):
    monkeypatch.setitem(CLAIMS, name, dataclasses.replace(CLAIMS[name], measure=measure))


def fails():
    raise SlalomError("no luck")


def test_json_by_processes_of_their_own(process):
    ran = process("claims", "C51", "c9", "--json", "--workers", "1")
    out, complaints = ran.communicate(timeout=120)
    assert (ran.returncode, complaints) == (0, "")
    told = json.loads(out)
    assert list(told) == ["claims"]
    assert [claim["id"] for claim in told["claims"]] == ["C51", "C9"]
    for claim in told["claims"]:
        assert claim["verdict"] in VERDICTS
        assert claim["verdict"] == find(claim["id"]).verdict(claim["figures"])
        assert claim["claim"] == find(claim["id"]).sentence


def test_a_table_a_summary_and_pictures(here, tmp_path):
    result = here("claims", "C51", "C9", "--out", "all.json", "--out", "pictures/")
    assert result.status == 0
    head, first, second = result.out.splitlines()
    assert head.split() == ["verdict", "claim", "figures"]
    assert [first.split()[0], second.split()[0]] == ["C51", "C9"]
    told = json.loads((tmp_path / "all.json").read_text())["claims"]
    for line, claim in zip((first, second), told, strict=True):
        name, value = next(iter(claim["figures"].items()))
        assert claim["verdict"] in line
        assert claim["claim"] in line
        assert f"{name} {value:.5g}" in line
    assert sorted(p.name for p in (tmp_path / "pictures").iterdir()) == ["C51.png", "C9.png"]
    with Image.open(tmp_path / "pictures/C9.png") as image:
        image.load()
    assert result.err == "wrote all.json\nwrote 2 pictures into pictures\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all.json", "pictures"]


def test_one_that_fails_is_named_and_the_others_are_judged(here, monkeypatch):
    changed(monkeypatch, "C9", fails)
    result = here("claims", "C9", "C51", "--json")
    assert result.status == 1
    assert result.err == "slalom: C9: no luck\n"
    assert [claim["id"] for claim in json.loads(result.out)["claims"]] == ["C51"]


def test_figures_that_rest_on_ends_say_how_many_digits_hold(here, monkeypatch):
    figures = {"others": 4, "adam_in_global": 1, "others_in_local": 4}
    digits = {"adam": 15.3, "adadelta": 3.62}
    changed(monkeypatch, "C18", lambda: Measured(figures, None, digits))
    assert "; 3.6 digits of the ends hold, or more" in here("claims", "C18").out
    assert json.loads(here("claims", "C18", "--json").out)["claims"][0]["digits"] == digits
    changed(monkeypatch, "C18", lambda: Measured(figures, None))
    assert "digits" not in here("claims", "C18").out
    assert json.loads(here("claims", "C18", "--json").out)["claims"][0]["digits"] is None


def test_without_names_all_of_them(here, monkeypatch):
    for name in list(CLAIMS):
        changed(monkeypatch, name, fails)
    result = here("claims", "--json")
    assert (result.status, result.out) == (1, '{"claims": []}\n')
    assert [line.split()[1] for line in result.err.splitlines()] == [f"{c}:" for c in CLAIMS]


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["C9", "C999"], "unknown claim 'C999'; "),
        (["C9", "--out", "a.png"], "--out a.png: a file ending in .json is needed, or a folder"),
        (["C9", "--out", "mine"], "--out mine: a file ending in .json is needed, or a folder"),
        (["C9", "--out", "not/there.json"], "there is no folder not"),
        (["C9", "--out", "not/there"], "there is no folder not"),
        (["C9", "--workers", "0"], "workers must be at least 1, got 0"),
        (["C9", "--jsn"], "unknown option '--jsn'; did you mean --json?"),
    ],
)
def test_bad_input(slalom, tmp_path, argv, told):
    (tmp_path / "mine").write_text("mine")
    result = slalom("claims", *argv)
    assert result.status == 2
    assert told in result.complaint
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]

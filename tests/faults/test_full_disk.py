"""A disk that is full at any moment: one line, nothing half made, and the older file as it was."""

import contextlib
import json

import pytest

from slalom import atomic
from slalom.cli import main
from slalom.errors import SlalomError

from . import writer
from .conftest import left_in, steps_of

KINDS = ("nc", "zarr", "json", *writer.PICTURES, *writer.FILMS)
ROOM = 2 * 4096  # bytes: less than any of the files that are tried takes


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_fit_leaves_what_was_there(full_disk, two_races, kind):
    path = writer.place(full_disk.folder, kind)
    writer.write(two_races[0], path, "folder" if kind == "zarr" else "text")
    given = _Long(two_races[1]) if kind == "json" else two_races[1]
    room = 0 if kind in ("pdf", *writer.FILMS) else ROOM
    with full_disk.leaving(room), pytest.raises(SlalomError) as caught:
        writer.write(given, path, kind)
    assert str(caught.value) == f"cannot write {path}: {full_disk.reason}"
    assert left_in(full_disk.folder, path.name) == []
    assert steps_of(path, "folder" if kind == "zarr" else "text") == 5


class _Long:
    def __init__(self, race):
        self.race = race

    def summary(self):
        return self.race.summary() | {"padding": 3 * ROOM * "."}


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
def test_any_room(full_disk, two_races, kind):
    """More and more room, until the file fits."""
    path, room = writer.place(full_disk.folder, kind), 0
    while not path.exists():
        with full_disk.leaving(room), contextlib.suppress(SlalomError):
            writer.write(two_races[1], path, kind)
        assert left_in(full_disk.folder, path.name) == []
        room += max(1, room // 16384) * 4096  # a page, later a fourth more
    assert room > 4096
    assert steps_of(path, kind) in (30, None)


COMMANDS = {
    "race": ("race", "bowl", "--rule", "adam", "--steps", "100"),
    "respond": ("respond", "spikes", "--rule", "adam", "--length", "100"),
    "diff": ("diff", "adam", "nadam", "--landscape", "bowl"),
    "map": ("map", "critical", "bowl"),
}


@pytest.mark.parametrize("kind", ["nc", "json"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command(full_disk, capsys, monkeypatch, command, kind):
    path = full_disk.folder / f"found.{kind}"
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    with full_disk.leaving(0):
        assert main([*COMMANDS[command], "--out", str(path)]) == 2
    assert capsys.readouterr().err == f"slalom: cannot write {path}: {full_disk.reason}\n"
    assert left_in(full_disk.folder) == []


@pytest.mark.faults
@pytest.mark.parametrize(
    "argv",
    [
        ("claims", "C18", "--workers", "1", "--out", "OUT.json"),
        ("claims", "C18", "--workers", "1", "--out", "OUT"),
        ("gallery", "--only", "critical", "--size", "small", "--workers", "1", "--out", "OUT"),
    ],
    ids=["claims", "pictures", "gallery"],
)
def test_commands_with_workers(full_disk, capsys, argv):
    argv = [arg.replace("OUT", str(full_disk.folder / "found")) for arg in argv]
    with full_disk.leaving(0 if argv[-1].endswith(".json") else 4096):
        assert main(argv) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith("slalom: cannot write ")
    assert line.endswith(full_disk.reason)
    assert not [path for path in full_disk.folder.rglob("*") if path.name.endswith(".tmp")]


@pytest.mark.parametrize("kind", writer.QUICK)
def test_a_call_that_fails(writers, tmp_path, kind):
    for_each_call(writers, tmp_path, kind)


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
def test_each_call_that_fails(writers, tmp_path, kind):
    for_each_call(writers, tmp_path, kind)


def for_each_call(writers, folder, kind):
    """Let each call of the file system in its turn fail."""
    path = writer.place(folder, kind)
    order = {"path": path, "kind": kind}
    writers.run(**order, turn=0)
    calls = writers.run(**order, turn=0, count=True)["calls"]  # where there is an old one
    assert calls > 4
    for at in chosen(calls):
        ended = writers.run(**order, at=at, how="fail")
        assert "failed" not in ended, ended
        assert steps_of(path, kind) in ((5, 30, None) if "calls" in ended else (5, None)), at
        if "refused" in ended:
            assert ended["refused"].startswith(f"cannot write {path}: ")
        writers.run(**order, turn=0)
        assert left_in(folder, path.name) == [], at  # what could not be removed then


def chosen(calls):
    """All calls; of very many the first and the last ones, and some between."""
    return [at for at in range(1, calls + 1) if at < 15 or at > calls - 15 or at % 20 == 0]


def test_text_is_written_as_it_is(tmp_path):
    atomic.write(tmp_path / "a.json", json.dumps("ä²\n"))
    assert (tmp_path / "a.json").read_bytes() == json.dumps("ä²\n").encode()

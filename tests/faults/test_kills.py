"""SIGKILL at any moment: the older file or the new one, and what is left is put away."""

import os
import random
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest

from slalom import atomic
from slalom.errors import SlalomError

from . import writer
from .conftest import left_in, steps_of
from .test_full_disk import KINDS, chosen


@pytest.mark.parametrize("plain", [False, True], ids=["exchanged", "aside"])
@pytest.mark.parametrize("kind", writer.QUICK)
def test_killed_between_two_calls(writers, tmp_path, kind, plain):
    killed_at_each_call(writers, tmp_path, kind, plain)


@pytest.mark.faults
@pytest.mark.parametrize("plain", [False, True], ids=["exchanged", "aside"])
@pytest.mark.parametrize("kind", KINDS)
def test_killed_between_any_two_calls(writers, tmp_path, kind, plain):
    killed_at_each_call(writers, tmp_path, kind, plain)


def killed_at_each_call(writers, folder, kind, plain):
    path = writer.place(folder, kind)
    order = {"path": path, "kind": kind, "plain": plain}
    writers.run(**order, turn=0)
    calls = writers.run(**order, turn=0, count=True)["calls"]
    assert calls > 4
    for at in chosen(calls):
        ended = writers.run(**order, at=at, how="kill")
        assert ended["status"] == signal.SIGKILL
        if plain and path.suffix == ".zarr" and not path.exists():
            # between two renames: the next who writes into the folder brings it back
            writers.run(path=folder / "another.txt", kind="text")
        assert steps_of(path, kind) in (5, 30, None), at
        if at % 10 == 0:  # else what several left is put away at once
            writers.run(**order, turn=0)
            assert left_in(folder, path.name, "another.txt") == []
    writers.run(**order, turn=0)
    assert left_in(folder, path.name, "another.txt") == []


@pytest.mark.parametrize("kind", writer.QUICK)
def test_killed_while_somebody_reads(writers, tmp_path, kind):
    killed_at_random(writers, tmp_path, kind, times=10)


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
def test_killed_often_while_somebody_reads(writers, tmp_path, kind):
    killed_at_random(writers, tmp_path, kind, times=20)


def killed_at_random(writers, folder, kind, times):
    path, chance = writer.place(folder, kind), random.Random(0)
    writers.run(path=path, kind=kind)
    reader = Reader(path, kind)
    for _ in range(times):
        reads = reader.reads
        child = writers.start(path=path, kind=kind, again=True)
        while reader.reads == reads:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.1 if kind in writer.QUICK else 1))
        os.kill(child, signal.SIGKILL)
        assert writers.ended()["status"] == signal.SIGKILL
        assert steps_of(path, kind) in (5, 30, None)
    reader.stop()
    writers.run(path=path, kind=kind)
    assert left_in(folder, path.name) == []


class Reader:
    """Reads a file again and again, in a thread."""

    def __init__(self, path, kind):
        self.path, self.kind, self.reads, self.broken = path, kind, 0, None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopped.is_set():
            try:
                assert steps_of(self.path, self.kind) in (5, 30, None)
            except Exception as error:
                self.broken = error
            self.reads += 1

    def stop(self):
        self.stopped.set()
        self.thread.join()
        if self.broken is not None:
            raise self.broken


def test_what_a_living_process_makes_is_left_alone(tmp_path):
    with atomic.replacing(tmp_path / "one.json") as made:
        made.write_text("1")
        atomic.sweep(tmp_path)
        assert made.read_text() == "1"
        atomic.write(tmp_path / "two.json", "2")
        assert made.parent.name in left_in(tmp_path)
    assert left_in(tmp_path) == ["one.json", "two.json"]


@pytest.mark.parametrize("name", [".slalom-notes", "slalom-abcdefgh.tmp", ".slalom-abcdefgh.tmp2"])
def test_what_is_named_alike_is_left_alone(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / ".slalom-abcdefgh.tmp").symlink_to(tmp_path / name)
    (tmp_path / ".slalom-ijklmnop.tmp").write_text("a file")
    atomic.sweep(tmp_path)
    assert len(left_in(tmp_path)) == 3


@pytest.mark.parametrize("kind", ["nc", "zarr"])
def test_a_folder_taken_away_while_it_is_written_to(tmp_path, two_races, kind, monkeypatch):
    """Nor is it made anew, with half of the output in it."""
    folder, write = tmp_path / "folder", Path.write_bytes
    folder.mkdir()

    def gone(path, content):
        monkeypatch.undo()
        write(path, content)
        shutil.rmtree(folder)

    monkeypatch.setattr(Path, "write_bytes", gone)
    with pytest.raises(SlalomError, match=r"cannot write .*: No such file or directory"):
        two_races[0].save(writer.place(folder, kind))
    assert not folder.exists()


@pytest.mark.parametrize("fails", [False, True])
def test_a_store_replaced_in_mid_reading_is_read_again(tmp_path, fails):
    path, readings = tmp_path / "race.zarr", []

    def write(number):
        atomic.write_folder(
            path, {"zarr.json": b'{"zarr_format": 3}', "a/c": number, "b/c": number}
        )

    def read(folder):
        first = (folder / "a/c").read_bytes()
        readings.append(first)
        if len(readings) == 1:
            write(b"2")
            if fails:
                raise KeyError("b")
        return first, (folder / "b/c").read_bytes()

    write(b"1")
    assert atomic.read_folder(path, read) == (b"2", b"2")
    assert readings == [b"1", b"2"]


def test_a_store_that_is_always_replaced_or_broken(tmp_path):
    path = tmp_path / "race.zarr"

    def replaced(folder):
        atomic.write_folder(path, {"zarr.json": b'{"zarr_format": 3}'})

    def broken(folder):
        raise KeyError("b")

    replaced(path)
    with pytest.raises(OSError, match="another process keeps replacing it"):
        atomic.read_folder(path, replaced)
    with pytest.raises(KeyError):
        atomic.read_folder(path, broken)

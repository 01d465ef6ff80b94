"""Places where nothing may be put: folders of others, links, mounts; and names of all kinds."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from slalom import atomic
from slalom.cli import main
from slalom.errors import SlalomError

from . import writer
from .conftest import left_in, steps_of
from .test_full_disk import KINDS

RACE = ("race", "bowl", "--rule", "adam", "--steps", "5")


@pytest.fixture
def slalom(tmp_path, monkeypatch, capsys):
    """Calls the command line in a folder of the test's own: the status, and what it complained."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")

    def call(*argv):
        status = main([str(arg) for arg in argv])
        return status, capsys.readouterr().err

    return call


def content(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([], "it is a folder that holds no Zarr store (no zarr.json)"),
        (["notes.txt"], "it is a folder that holds no Zarr store (no zarr.json)"),
        (["zarr.json/notes.txt"], "it is a folder that holds no Zarr store (no zarr.json)"),
        (
            ["zarr.json", "a/c/0", "a/notes.txt"],
            "the folder holds a/notes.txt, which belongs to no Zarr store",
        ),
    ],
    ids=["empty", "others", "other zarr.json", "mixed"],
)
def test_a_folder_of_others_is_left_as_it_is(slalom, tmp_path, two_races, files, reason):
    folder = tmp_path / "my.zarr"
    folder.mkdir()
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text('{"zarr_format": 3}')
    before = content(folder)
    told = f"slalom: cannot write my.zarr: {reason}\n"
    assert slalom(*RACE, "--out", "my.zarr") == (2, told)
    with pytest.raises(SlalomError, match=r"cannot write .*my\.zarr"):
        two_races[0].save(folder)
    assert content(folder) == before
    assert left_in(tmp_path) == ["my.zarr"]


def test_a_zarr_json_of_something_else(slalom, tmp_path):
    (tmp_path / "my.zarr").mkdir()
    (tmp_path / "my.zarr/zarr.json").write_text("[]")
    assert slalom(*RACE, "--out", "my.zarr")[0] == 2


def test_a_file_is_no_store(slalom, tmp_path):
    (tmp_path / "my.zarr").write_text("mine")
    told = "slalom: cannot write my.zarr: it is a file, not a Zarr store\n"
    assert slalom(*RACE, "--out", "my.zarr") == (2, told)
    assert (tmp_path / "my.zarr").read_text() == "mine"


def test_the_current_folder_is_not_replaced(slalom, tmp_path, two_races, monkeypatch):
    two_races[0].save(tmp_path / "my.zarr")
    monkeypatch.chdir(tmp_path / "my.zarr")
    told = "cannot write ../my.zarr: it is the current folder, or one around it"
    assert slalom(*RACE, "--out", "../my.zarr") == (2, f"slalom: {told}\n")


def test_a_mounted_store_is_not_replaced(full_disk, two_races):
    if not full_disk.is_mounted:
        pytest.skip("nothing can be mounted here")
    place = full_disk.folder / "my.zarr"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(place)], check=False)
    assert mounted.returncode == 0
    try:
        (place / "zarr.json").write_text('{"zarr_format": 3}')
        with pytest.raises(SlalomError, match="a file system is mounted there"):
            two_races[0].save(place)
        assert left_in(place) == ["zarr.json"]
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("kind", ["nc", "zarr"])
def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path, two_races, kind):
    (tmp_path / "data").mkdir()
    place, link = tmp_path / "data" / f"race.{kind}", tmp_path / f"link.{kind}"
    link.symlink_to(place)
    for race, steps in zip(two_races, (5, 30), strict=True):
        race.save(link)  # the first time it points to nothing
        assert link.is_symlink()
        assert steps_of(place, kind) == steps
    assert left_in(tmp_path) == ["data", link.name]


def test_a_link_to_a_folder_of_others(tmp_path, two_races):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/me.png").write_text("me")
    (tmp_path / "my.zarr").symlink_to(tmp_path / "photos")
    with pytest.raises(SlalomError, match="holds no Zarr store"):
        two_races[0].save(tmp_path / "my.zarr")
    assert left_in(tmp_path / "photos") == ["me.png"]


@pytest.mark.parametrize("place", ["/", ".", ".."])
def test_a_gallery_does_not_take_a_folder_of_others(slalom, tmp_path, monkeypatch, place):
    (tmp_path / "within").mkdir()
    (tmp_path / "within/mine.txt").write_text("mine")
    monkeypatch.chdir(tmp_path / "within")
    status, told = slalom("gallery", "--out", place, "--only", "critical")
    assert (status, told) == (
        2,
        f"slalom: {place} is not empty and holds no gallery; give a new or an empty folder\n",
    )
    assert left_in(tmp_path) == ["within"]
    assert left_in(tmp_path / "within") == ["mine.txt"]


@pytest.mark.parametrize("kind", ["text", "folder", "nc", "zarr", "gif"])
def test_a_name_as_long_as_names_can_be(tmp_path, two_races, kind):
    ending = writer.place(tmp_path, kind).suffix
    path = tmp_path / ("x" * (255 - len(ending)) + ending)
    writer.write(two_races[0], path, kind)
    writer.write(two_races[1], path, kind)
    assert steps_of(path, kind) in (30, None)
    assert left_in(tmp_path, path.name) == []


@pytest.mark.parametrize(
    "argv",
    [
        (*RACE, "--out", "~nobody-of-that-name/x.json"),
        ("claims", "C18", "--out", "~nobody-of-that-name/x.json"),
        ("gallery", "--out", "~nobody-of-that-name/x.json"),
    ],
    ids=lambda argv: argv[0],
)
def test_a_user_whom_nobody_knows(slalom, argv):
    told = "the folder that ~nobody-of-that-name stands for is not known"
    assert slalom(*argv) == (2, f"slalom: ~nobody-of-that-name/x.json: {told}\n")


@pytest.mark.parametrize("kind", ["png", "pdf", "svg", "gif"])
def test_letters_without_a_glyph_raise_no_warnings(tmp_path, monkeypatch, kind):
    """Warnings are errors in these tests."""
    from slalom import studies

    monkeypatch.chdir(tmp_path)
    Path("勾配.py").write_text("def f(x, y):\n    return x**2 + y**2\n")
    race = studies.race("勾配.py:f", "adam", steps=2)
    writer.write(race, tmp_path / f"勾配.{kind}", kind)
    assert steps_of(tmp_path / f"勾配.{kind}", kind) is None


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed there")
def test_the_current_folder_is_gone(slalom, tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    shutil.rmtree(tmp_path / "gone")
    told = "cannot write x.json: No such file or directory"
    assert slalom(*RACE, "--out", "x.json") == (2, f"slalom: {told}\n")


def test_what_is_no_store_is_found_before_the_work(slalom, tmp_path, monkeypatch):
    (tmp_path / "my.zarr").mkdir()
    monkeypatch.setattr("slalom.studies.race", lambda *_, **__: pytest.fail("the work began"))
    assert slalom(*RACE, "--out", "my.zarr")[0] == 2


def test_every_kind_is_tried():
    """All endings that the command line and the library write."""
    from slalom.cli.outputs import ENDINGS
    from slalom.pictures import saving

    endings = {*sum(ENDINGS.values(), ()), *saving.KINDS}
    assert {f".{kind}" for kind in KINDS} == endings


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    with pytest.raises(SlalomError, match=r"the folder .* is not writable"):
        atomic.check_writable(tmp_path / "x.json")

"""Files: each of the kind that its ending tells, each whole."""

import json

import pytest
import xarray as xr
from PIL import Image

from slalom import pictures, studies
from slalom.cli import outputs
from slalom.pictures import encoder, saving
from slalom.studies import storage

RACE = ("race", "bowl", "--rule", "adam(lr=0.5)", "--steps", "5")
RESPONSE = ("respond", "spikes", "--rule", "adam(lr=0.5)", "--length", "50")
MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF", ".gif": b"GIF8", ".webp": b"RIFF"}


def test_endings_are_those_that_the_library_writes():
    assert set(outputs.ENDINGS["data"]) == set(storage.KINDS)
    assert set(outputs.ENDINGS["animation"]) == set(encoder.KINDS)
    # a .webp is an animation here
    assert set(outputs.ENDINGS["picture"]) == set(saving.KINDS) - set(encoder.KINDS)


@pytest.mark.parametrize("argv", [RACE, RESPONSE], ids=["race", "respond"])
def test_one_call_writes_all_kinds_of_stills_and_data(slalom, tmp_path, argv):
    names = ["a.png", "a.svg", "a.pdf", "a.nc", "a.zarr", "a.json"]
    result = slalom(*argv, *(arg for name in names for arg in ("--out", name)))
    assert result.status == 0
    assert sorted(result.err.splitlines()) == sorted(f"wrote {name}" for name in names)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(names)
    for name in names[:3]:
        assert (tmp_path / name).read_bytes().startswith(MAGIC[name[1:]])
    with Image.open(tmp_path / "a.png") as image:
        image.load()
        assert image.format == "PNG"
    opened = xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf")
    stored = xr.open_zarr(tmp_path / "a.zarr", consolidated=False)
    with opened as nc, stored as zarr:
        assert set(nc.data_vars) == set(zarr.data_vars) != set()
    summary = json.loads((tmp_path / "a.json").read_text())
    assert studies.load(tmp_path / "a.nc").summary() == summary
    assert studies.load(tmp_path / "a.zarr").summary() == summary


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.mp4"])
def test_animations_move(slalom, tmp_path, name):
    assert slalom(*RACE, "--out", name).err == f"wrote {name}\n"
    if name == "a.mp4":
        assert (tmp_path / name).read_bytes()[4:8] == b"ftyp"
        return
    with Image.open(tmp_path / name) as film:
        assert film.format == name[2:].upper()
        assert film.n_frames > 1


def test_a_surface_is_another_picture(slalom, tmp_path):
    slalom(*RACE, "--out", "a.png")
    slalom(*RACE, "--out", "b.png", "--view", "surface")
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()


def test_what_was_there_is_replaced(slalom, tmp_path):
    (tmp_path / "a.json").write_text("old")
    slalom(*RACE, "--out", "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["landscape"] == "bowl"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device", "a.png"), "a.png: No space left on device"),
        (OSError("no luck"), "no luck"),
        (RuntimeError("no luck"), "RuntimeError in test_outputs.py, line "),
    ],
)
def test_a_failure_while_drawing_is_told_in_one_line(slalom, tmp_path, monkeypatch, error, told):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(pictures, "draw", fail)
    (tmp_path / "a.png").write_text("old")
    result = slalom(*RACE, "--out", "a.png")
    assert result.status == 1
    [line] = result.err.splitlines()
    assert line.startswith(f"slalom: {told}")
    assert (tmp_path / "a.png").read_text() == "old"


def test_ctrl_c_while_drawing_leaves_what_was_there(slalom, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pictures, "draw", interrupted)
    (tmp_path / "a.png").write_text("old")
    result = slalom(*RACE, "--out", "a.png")
    assert (result.status, result.err) == (130, "slalom: interrupted\n")
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_text() == "old"

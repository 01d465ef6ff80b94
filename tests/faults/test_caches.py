"""Caches that are broken, full, or cannot be written to: mended or left out, without a word."""

import os
import subprocess
import sys

import pytest

from slalom.cache import Entries

KEY = "jit_f-" + 64 * "0"
RACE = ("race", "bowl", "--rule", "adam(lr=0.1)", "--steps", "3")


def spoil(content, how):
    n = len(content) // 4
    return {"cut": content[:n], "empty": b"", "zeros": content[:n] + bytes(n) + content[2 * n :]}[
        how
    ]


@pytest.mark.parametrize("how", ["cut", "empty", "zeros"])
def test_an_entry_that_is_broken_is_none_and_is_written_anew(tmp_path, how):
    entries = Entries(tmp_path / "deep" / "xla")
    assert entries.get(KEY) is None
    entries.put(KEY, b"compiled" * 100)
    [file] = (tmp_path / "deep" / "xla").iterdir()
    file.write_bytes(spoil(file.read_bytes(), how))
    assert entries.get(KEY) is None
    entries.put(KEY, b"compiled" * 100)
    assert entries.get(KEY) == b"compiled" * 100


def test_entries_do_not_fit(full_disk):
    entries = Entries(full_disk.folder)
    with full_disk.leaving(4096):
        entries.put(KEY, bytes(10_000))
    assert entries.get(KEY) is None
    assert list(full_disk.folder.iterdir()) == []


@pytest.mark.parametrize("place", ["file", "file/cache"])
def test_a_folder_that_is_a_file(tmp_path, place):
    (tmp_path / "file").write_text("mine")
    entries = Entries(tmp_path / place)
    entries.put(KEY, b"compiled")
    assert entries.get(KEY) is None
    assert (tmp_path / "file").read_text() == "mine"


def test_a_name_of_any_length(tmp_path):
    entries = Entries(tmp_path)
    for key in (300 * "x" + KEY, 300 * "x" + KEY[:-1] + "1"):
        entries.put(key, key.encode())
    for key in (300 * "x" + KEY, 300 * "x" + KEY[:-1] + "1"):
        assert entries.get(key) == key.encode()


def run(tmp_path, *argv, **environment):
    """The command line in a process of its own, which shows all warnings; what it wrote."""
    kept = {k: v for k, v in os.environ.items() if k not in ("SLALOM_CACHE_DIR", "COLUMNS")}
    done = subprocess.run(
        [sys.executable, "-W", "always::UserWarning", "-m", "slalom", *argv],
        cwd=tmp_path, text=True, env=kept | environment, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("how", ["cut", "zeros"])
def test_a_broken_cache_is_mended_without_a_word(tmp_path, how):
    cache = tmp_path / "cache"
    told = run(tmp_path, *RACE, SLALOM_CACHE_DIR=str(cache)).stdout
    whole = {p: p.read_bytes() for p in cache.rglob("*") if p.is_file()}
    assert whole
    for path, content in whole.items():
        path.write_bytes(spoil(content, how))
    done = run(tmp_path, *RACE, SLALOM_CACHE_DIR=str(cache))
    assert (done.stdout, done.stderr) == (told, "")
    for path, content in whole.items():
        assert len(path.read_bytes()) > len(content) // 2
        assert path.read_bytes() != spoil(content, how)


def test_a_home_that_is_a_file(tmp_path):
    (tmp_path / "home").write_text("mine")
    home = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": "", "MPLCONFIGDIR": ""}
    done = run(tmp_path, *RACE, "--out", "race.png", "--quiet", **home)
    assert done.stderr == ""
    said = run(tmp_path, "doctor", **home).stdout
    assert f"nothing is kept: {tmp_path / 'home'} is a file, not a folder" in said


@pytest.mark.faults
def test_a_home_that_is_read_only(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(home)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        variables = {"HOME": str(home), "XDG_CACHE_HOME": "", "MPLCONFIGDIR": ""}
        done = run(tmp_path, *RACE, "--out", "race.png", "--quiet", **variables)
        assert done.stderr == ""
        said = run(tmp_path, "doctor", **variables).stdout
        assert f"nothing is kept: {home} is not writable" in said
    finally:
        subprocess.run(["umount", str(home)], check=True)


@pytest.mark.faults
def test_a_home_on_a_full_disk(full_disk, tmp_path):
    home = {"HOME": str(full_disk.folder), "XDG_CACHE_HOME": "", "MPLCONFIGDIR": ""}
    with full_disk.leaving(4096):
        done = run(tmp_path, *RACE, "--quiet", **home)
    assert done.stderr == ""


STEP = """
import numpy as np, warnings
warnings.simplefilter("error")
from slalom.kernels import Stepper
from slalom.rules import parse
x = np.zeros(3)
Stepper(parse("gradient_descent(lr=0.5)"), "float64").step([x], [np.ones(3)], [()], 1)
print(x.tolist())
"""


@pytest.mark.faults
@pytest.mark.parametrize("room", range(0, 80_000, 8_192))
def test_kernels_on_a_full_disk(full_disk, room):
    environment = os.environ | {"SLALOM_CACHE_DIR": str(full_disk.folder)}
    with full_disk.leaving(room):
        done = subprocess.run(
            [sys.executable, "-c", STEP], env=environment, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[-0.5, -0.5, -0.5]\n", "")

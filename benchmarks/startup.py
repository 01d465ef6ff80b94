"""Whole processes: a second `slalom race` with a picture, and loading the PyTorch adapter."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .table import Row, seconds

IMPORTS = [sys.executable, "-c", "import jax, xarray, matplotlib.pyplot"]
TORCH = [sys.executable, "-c", "import torch"]
ADAPTER = [sys.executable, "-c", "import torch, slalom.torch"]


def rows(pairs: int = 7) -> list[Row]:
    return [_race(pairs), _adapter(2 * pairs)]


def _race(pairs: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        picture = str(Path(folder) / "race.png")
        race = [sys.executable, "-m", "slalom", "race", "hills_and_canyon", "--out", picture]
        ours, theirs = _side_by_side(race, IMPORTS, pairs, {"SLALOM_CACHE_DIR": folder})
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    what = "second `slalom race` with PNG, whole process"
    against = "`import jax, xarray, matplotlib.pyplot`"
    mine, peer = seconds(statistics.median(ours)), seconds(statistics.median(theirs))
    return Row(what, mine, against, peer, f"{ratio:.2f} times", "at most 2 times", ratio <= 2)


def _adapter(pairs: int) -> Row:
    ours, theirs = _side_by_side(ADAPTER, TORCH, pairs, {})
    more = statistics.median(a - b for a, b in zip(ours, theirs, strict=True))
    mine, peer = seconds(statistics.median(ours)), seconds(statistics.median(theirs))
    what, target = "`import torch, slalom.torch`, whole process", "at most 0.15 s more"
    return Row(what, mine, "`import torch`", peer, f"{more:.2f} s more", target, more <= 0.15)


def _side_by_side(
    ours: list[str], theirs: list[str], pairs: int, variables: dict[str, str]
) -> tuple[list[float], list[float]]:
    """What each of two commands took, turn by turn, after a first run that fills the caches."""
    environment = os.environ | variables
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled modules are such a cache
    _took(ours, environment)
    taken = [(_took(ours, environment), _took(theirs, environment)) for _ in range(pairs)]
    return [a for a, _ in taken], [b for _, b in taken]


def _took(command: list[str], environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - begin

"""The whole process of a second `slalom race` with a picture, against its imports alone."""

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


def rows(pairs: int = 7) -> list[Row]:
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        picture = str(Path(folder) / "race.png")
        race = [sys.executable, "-m", "slalom", "race", "hills_and_canyon", "--out", picture]
        environment = os.environ | {"SLALOM_CACHE_DIR": folder}
        _took(race, environment)  # the first run fills the cache
        for _ in range(pairs):
            ours.append(_took(race, environment))
            theirs.append(_took(IMPORTS, environment))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    what = "second `slalom race` with PNG, whole process"
    against = "`import jax, xarray, matplotlib.pyplot`"
    mine, peer = seconds(statistics.median(ours)), seconds(statistics.median(theirs))
    return [Row(what, mine, against, peer, f"{ratio:.2f} times", "at most 2 times", ratio <= 2)]


def _took(command: list[str], environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - begin

"""Runs every comparison, prints the table, and keeps it in benchmarks/README.md."""

from __future__ import annotations

import sys
from pathlib import Path

from . import animation, basins, fused, legs, optax_step, pytorch_state, starts, startup
from .table import machine, markdown

PART = {
    "legs": legs,
    "starts": starts,
    "basins": basins,
    "animation": animation,
    "startup": startup,
    "fused": fused,
    "optax": optax_step,
    "state": pytorch_state,
}


def main() -> None:
    chosen = sys.argv[1:] or list(PART)
    rows = [row for name in chosen for row in PART[name].rows()]
    table = markdown(rows)
    print(table)
    if len(chosen) == len(PART):
        text = (
            "# Benchmarks\n\n`make bench` measures each pair side by side in one run, prints this "
            f"table and writes it here.\n\nLast run: {machine()}.\n\n{table}\n"
        )
        (Path(__file__).parent / "README.md").write_text(text)


main()

"""Runs every comparison, prints the table, and keeps it in benchmarks/README.md."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from .parts import PART, measured
from .table import machine, markdown


def main() -> None:
    chosen = sys.argv[1:] or list(PART)
    # each in a process of its own: the memory that one leaves behind changes the next
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as alone:
        table = markdown([row for rows in alone.map(measured, chosen) for row in rows])
    print(table)
    if len(chosen) == len(PART):
        text = (
            "# Benchmarks\n\n`make bench` measures each pair side by side in one run, prints this "
            f"table and writes it here.\n\nLast run: {machine()}.\n\n{table}\n"
        )
        (Path(__file__).parent / "README.md").write_text(text)


if __name__ == "__main__":
    main()

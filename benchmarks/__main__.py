"""Runs every comparison, prints the table, and keeps it in benchmarks/README.md."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from .parts import PART, measured
from .table import machine, markdown

HEAD = """\
# Benchmarks

`make bench` measures each pair side by side in one run, prints this table and writes it here. Each
part has a process of its own: in one whose heap had grown by other work before, the temporaries of
PyTorch's default optimizers cost less, and Adamax was 2.5 times slower than ours, not 4 to 5.
"""


def main() -> None:
    chosen = sys.argv[1:] or list(PART)
    # each in a process of its own: the memory that one leaves behind changes the next
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as alone:
        table = markdown([row for rows in alone.map(measured, chosen) for row in rows])
    print(table)
    if len(chosen) == len(PART):
        text = f"{HEAD}\nLast run: {machine()}.\n\n{table}\n"
        (Path(__file__).parent / "README.md").write_text(text)


if __name__ == "__main__":
    main()

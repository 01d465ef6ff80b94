"""Every row of `modern-golden.csv` that a rule of the catalogue can follow, in NumPy and in JAX."""

import numpy as np
import pytest

from .goldens import read, rule_of
from .problems import problem
from .running import off, path, traced

ROWS = {f"{row.package}: {row.text}": row for row in read()}


def ends(row, follow):
    """The first components of each leaf at the end, by `path` or `traced`."""
    outputs = -1 if row.in_jax_layout else 0
    places, points = follow(rule_of(row), problem(row.problem), outputs=outputs)
    return places, points


def first(leaves, row):
    """As the file has them: of `schedule_free` the points to judge."""
    return [np.ravel(leaf)[: len(v)] for leaf, v in zip(leaves, row.values, strict=True)]


@pytest.mark.parametrize("name", ROWS)
def test_numpy(name):
    row = ROWS[name]
    places, points = ends(row, path)
    last = points[-1] if "schedule_free" in row.text else places[-1]
    assert off(first(last, row), row.values) < row.tolerance


@pytest.mark.parametrize("name", ROWS)
def test_a_traced_scan(name):
    row = ROWS[name]
    places, points = ends(row, traced)
    chosen = points if "schedule_free" in row.text else places
    last = [leaf[-1] for leaf in chosen]
    assert off(first(last, row), row.values) < row.tolerance


if __name__ == "__main__":
    for row in ROWS.values():
        report = []
        for follow in (path, traced):
            places, points = ends(row, follow)
            chosen = points if "schedule_free" in row.text else places
            last = chosen[-1] if follow is path else [leaf[-1] for leaf in chosen]
            report.append(off(first(last, row), row.values))
        print(f"{report[0]:.0e} {report[1]:.0e} ({row.agreement:.0e})", row.package, row.text)

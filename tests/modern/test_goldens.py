"""Every row of `modern-golden.csv` that a rule of the catalogue can follow, in three libraries.

In rows of `schedule_free` the file has the points to judge, in others the iterates.
"""

import numpy as np
import pytest

from .goldens import ILL_CONDITIONED, read, rule_of
from .problems import problem
from .running import off, path, traced, with_torch

ROWS = {f"{row.package}: {row.text}": row for row in read()}


def ends(row, follow):
    """The iterates and the points to judge, by a function of `running`."""
    outputs = -1 if row.in_jax_layout else 0
    return follow(rule_of(row), problem(row.problem), outputs=outputs)


def first(leaves, row):
    """As many components of each leaf as the file has."""
    return [np.ravel(leaf)[: len(v)] for leaf, v in zip(leaves, row.values, strict=True)]


@pytest.mark.parametrize("follow", [path, with_torch], ids=["numpy", "torch"])
@pytest.mark.parametrize("name", ROWS)
def test_eager(name, follow):
    row = ROWS[name]
    places, points = ends(row, follow)
    last = points[-1] if "schedule_free" in row.text else places[-1]
    assert off(first(last, row), row.values) < row.tolerance


@pytest.mark.parametrize("name", ROWS)
def test_a_traced_scan(name):
    row = ROWS[name]
    places, points = ends(row, traced)
    chosen = points if "schedule_free" in row.text else places
    last = [leaf[-1] for leaf in chosen]
    assert off(first(last, row), row.values) < ILL_CONDITIONED.get(name, row.tolerance)

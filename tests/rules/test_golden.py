"""The articles' printed numbers, to their last digit."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from slalom import landscapes
from slalom.descent import descend

LINES = (Path(__file__).parents[1] / "golden.csv").read_text().splitlines()
ROWS = list(csv.DictReader(line for line in LINES if not line.startswith("#")))
FIRST = {"x": 0, "x1": 0, "y": 1, "x2": 1}


def test_there_are_rows():
    assert len(ROWS) == 9


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['rule']} on {row['landscape']}")
def test_printed_number(row):
    run = descend(
        row["rule"],
        landscapes.find(row["landscape"]),
        start=[float(v) for v in row["start"].split(",")],
        steps=int(row["steps"]),
    )
    found = run.position[FIRST[row["quantity"]]]
    assert f"{found:.{row['digits']}f}" == row["value"]
    assert Decimal(row["value"]).as_tuple().exponent == -int(row["digits"])


@pytest.mark.parametrize(
    ("schedule", "printed"),
    [
        ("exponential(0.1, rate=0.1, offset=1)", "-1.0437"),
        ("polynomial(0.1, rate=0.1, power=0.5, offset=1)", "-0.2408"),
    ],
)
def test_the_lectures_schedules_without_noise(schedule, printed):
    """x² + 2y² from (-5, -2), 20 steps; a step counted otherwise would change the first digits."""
    for text, equal in (
        (schedule, True),
        (schedule.replace("offset=1", "offset=0"), False),
        (schedule.replace("offset=1", "offset=2"), False),
    ):
        rule = f"gradient_descent(lr={text})"
        end = descend(rule, lambda x: x[0] ** 2 + 2 * x[1] ** 2, [-5.0, -2.0], 20).position
        assert (f"{end[0]:.4f}" == printed) is equal

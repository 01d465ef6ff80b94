"""The figures of a claim as a table."""

import pytest

from slalom.gallery.tables import figures


@pytest.mark.parametrize(
    ("ends", "shown"),
    [
        ({"gain_low": 1.5, "gain_high": 2.5}, "1.5 to 2.5"),
        ({"gain_high": 2.5, "gain_low": 1.5}, "1.5 to 2.5"),
        ({"gain_low": 1.5}, "from 1.5"),
        ({"gain_high": 0.0}, "up to 0"),
        ({"gain_low": None}, "from —"),
    ],
)
def test_an_interval_says_which_ends_it_has(ends, shown):
    table = figures({"gain": 2.0, **ends, "runs": 3})
    assert table.columns == ("figure", "value", "interval")
    assert table.rows == (("gain", "2", shown), ("runs", "3", ""))


def test_without_intervals_there_is_no_column_for_them():
    assert figures({"runs": 3, "most_high": 0.5}).rows == (("runs", "3"), ("most_high", "0.5"))

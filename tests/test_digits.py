"""Numbers are shown with no more digits than hold."""

import pytest

from slalom.digits import Margin, shown


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (-2.22540692, 1e-9, "-2.2254"),
        (-2.22540692, 0.0, "-2.2254"),
        (-2.22540692, 2.3e-4, "≈-2.23"),  # 3.99 digits
        (-2.22540692, 2.2e-4, "≈-2.225"),  # 4.005
        (6.02e23, 6e22, "≈6e+23"),
        (0.05, 0.06, "?"),
        (0.05, 1e-10, "0.05"),
        (3e-17, 4e-17, "≈0"),  # no digit, but nothing to speak of on this way
        (0.0, 1e-12, "≈0"),
        (0.0, 1.0, "?"),
        (-0.0, 0.0, "0"),
        (2.0, float("inf"), "?"),
        (float("inf"), float("nan"), "inf"),
        (float("nan"), float("nan"), "nan"),
    ],
)
def test_digits_that_hold(value, error, text):
    assert shown(value, 5, Margin(error, 1e-8)) == text


def test_a_number_of_which_nothing_is_known():
    assert shown(1234567.0, 5) == "1.2346e+06"
    assert shown(-0.0, 4) == "0"

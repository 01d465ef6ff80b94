"""The numbers of a rule, apart from the formula that they are put into."""

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.lowering.numbers import is_steady, markers, numbers_at, skeleton, structured
from slalom.rules import (
    Adam,
    Exponential,
    Momentum,
    RMSProp,
    SmoothedNesterov,
    WeightDecay,
    parse,
    with_settings,
)


def test_conventions_and_absent_parts_are_what_a_kernel_is_known_by():
    def known(text):
        return skeleton(parse(text))

    assert known("rmsprop(lr=1, decay=0.5)") == known("rmsprop()")
    assert known("rmsprop(momentum=0.9)") != known("rmsprop()")
    assert known("rmsprop(eps_inside=false)") != known("rmsprop()")
    assert known("clip_value(1) | adam()") == known("clip_value(2) | adam(lr=3)")
    assert known("clip_value(1) | adam()") != known("adam()")
    assert known("adam(lr=constant(1))") == known("adam(lr=cosine(2))") != known("adam()")
    points = SmoothedNesterov(points=(1, 2, Exponential(0.1)))
    assert skeleton(points).points == ("number", "number", "scalar")


def test_a_number_with_a_dtype_is_no_python_number():
    """NumPy's float64 is a Python float, too, but promotes what it meets."""
    rule = with_settings(Adam(), {"lr": np.float64(0.5)}, checked=False)
    assert skeleton(rule).lr == "scalar"
    assert skeleton(Adam(lr=0.5)).lr == skeleton(Adam(lr=1)).lr == "number"


def test_numbers_go_back_where_their_markers_are():
    rule = SmoothedNesterov(0.5, points=(1, Exponential(2)), weights=None)
    marked = skeleton(rule)
    assert markers(marked) == [
        ("lr", "number"),
        ("momentum", "number"),
        ("points[0]", "number"),
        ("points[1]", "scalar"),
    ]
    assert structured(marked, [1, 2, 3, 4]) == {
        "lr": 1,
        "momentum": 2,
        "points": (3, 4),
        "weights": None,
    }
    absent = structured(skeleton(RMSProp(momentum=None)), [1, 2, 3, 4])
    assert absent["momentum"] is None


def test_only_schedules_change_from_step_to_step():
    assert is_steady(WeightDecay(0.1) | SmoothedNesterov(points=(1, 2)))
    assert not is_steady(Adam(lr=Exponential(0.1)))
    assert not is_steady(WeightDecay(Exponential(0.1)) | Adam())
    assert not is_steady(SmoothedNesterov(points=(1, Exponential(2))))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_numbers_of_a_step(dtype):
    rate = Exponential(1.0, rate=np.log(2))  # 1/2, 1/4, 1/8, …
    found = numbers_at(Momentum(lr=rate, momentum=0.1), 3, dtype)
    assert found.dtype == np.float64
    assert found.tolist() == [3.0, pytest.approx(0.125, rel=1e-6), 0.1, 0.0]
    third = Exponential(1 / 3, rate=0)  # is rounded to the leaf's dtype, as in an eager step
    assert numbers_at(Momentum(lr=third), 1, dtype)[1] == np.dtype(dtype).type(1 / 3)


def test_what_is_no_single_number_is_named():
    rule = with_settings(Adam(), {"beta1": np.ones(2)}, checked=False)
    with pytest.raises(SlalomError, match=r"^beta1 must be one number in a fused kernel"):
        numbers_at(rule, 1, "float64")

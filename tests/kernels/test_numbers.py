"""Other numbers never compile: not a schedule's, not a changed learning rate, not t."""

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.kernels import Stepper
from slalom.kernels.numbers import is_steady, markers, numbers_at, skeleton, structured
from slalom.rules import (
    Adam,
    Cosine,
    Exponential,
    Momentum,
    RMSProp,
    SmoothedNesterov,
    WeightDecay,
    parse,
    with_settings,
)

from .stepping import assert_same, begun, draw, eagerly


def compiled(folder):
    """The kernels in a folder."""
    return sorted(place.name for place in folder.rglob("*.py"))


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SLALOM_CACHE_DIR", str(tmp_path))
    from slalom.kernels import kernel

    kernel.kernel_of.cache_clear()
    yield tmp_path
    kernel.kernel_of.cache_clear()


def test_one_kernel_for_all_numbers(own_cache):
    rng, dtype = np.random.default_rng(0), "float64"
    xs = draw(rng, [(3,)], dtype)
    states, stepper = begun(Adam(), xs), Stepper(Adam(), dtype)
    expected, memory = [x.copy() for x in xs], begun(Adam(), xs)
    for t in range(1, 12):
        rule, gs = Adam(lr=0.1 / t, beta1=0.5 + t / 100, eps=10.0**-t), draw(rng, [(3,)], dtype)
        stepper.step(xs, gs, states, t, rule)
        expected, memory = eagerly(rule, expected, gs, memory, t)
    assert_same([xs, states], [expected, memory], dtype)
    Stepper(Adam(lr=3), dtype).step(xs, gs, states, 99)
    assert len(compiled(own_cache)) == 1
    assert len(stepper._told.kernel.module.prepare.signatures) == 1


def test_one_kernel_for_all_schedules(own_cache):
    rng, dtype = np.random.default_rng(0), "float32"
    for schedule in (Exponential(0.1, rate=0.3), Cosine(0.2, steps=30)):
        rule, xs = Adam(lr=schedule), draw(rng, [(3,), ()], dtype)
        states, stepper = begun(rule, xs), Stepper(rule, dtype)
        expected, memory = [x.copy() for x in xs], begun(rule, xs)
        for t in range(1, 12):
            gs = draw(rng, [(3,), ()], dtype)
            stepper.step(xs, gs, states, t)
            expected, memory = eagerly(rule, expected, gs, memory, t)
        assert_same([xs, states], [expected, memory], dtype)
    assert len(compiled(own_cache)) == 1


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


def test_an_array_of_numbers_is_refused():
    xs = [np.zeros(3)]
    with pytest.raises(SlalomError, match="lr must be one number in a fused kernel"):
        Stepper(Adam(), "float64").step(xs, [np.ones(3)], begun(Adam(), xs), 1, Adam(lr=np.ones(3)))
    assert not xs[0].any()


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

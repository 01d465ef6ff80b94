"""Other numbers never compile: not a schedule's, not a changed learning rate, not t."""

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.kernels import Stepper
from slalom.rules import Adam, Cosine, Exponential

from .stepping import assert_same, begun, draw, eagerly


def compiled(folder):
    """The kernels in a folder."""
    return sorted(place.name for place in folder.rglob("*.o"))


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


def test_an_array_of_numbers_is_refused():
    xs = [np.zeros(3)]
    with pytest.raises(SlalomError, match="lr must be one number in a fused kernel"):
        Stepper(Adam(), "float64").step(xs, [np.ones(3)], begun(Adam(), xs), 1, Adam(lr=np.ones(3)))
    assert not xs[0].any()

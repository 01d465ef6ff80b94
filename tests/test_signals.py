"""Signals: their values at positions worked out by hand, and between them."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from array_api_compat import array_namespace

from slalom import signals
from slalom.errors import SlalomError
from slalom.signals import SIGNALS, at, find

BY_HAND = {
    "spikes": {0: 1, 1: 0, 59: 0, 60: 1, 61: 0, 240: 1, 299: 0},
    "rectangles": {0: 1, 19: 1, 20: -1, 39: -1, 40: 1, 299: 1},
    "uneven_sawtooth": {0: 0, 5: 1, 19: 3.8, 20: 0, 79: 3.8, 80: 0, 81: 0.05, 99: 0.95, 299: 0.95},
    "saturation": {0: 1, 39: 1, 40: 0, 79: 0, 80: 1, 119: 1, 120: 0, 299: 0},
}


@pytest.mark.parametrize("name", BY_HAND)
def test_values_by_hand(name):
    values = SIGNALS[name].values()
    assert (values.shape, values.dtype) == ((300,), np.float64)
    for k, value in BY_HAND[name].items():
        assert values[k] == pytest.approx(value, abs=1e-15)
    np.testing.assert_array_equal(SIGNALS[name].values(seed=3), values)


@pytest.mark.parametrize(("name", "height"), [("noisy_sine", 1), ("very_noisy_sine", 0.2)])
def test_noisy_sines(name, height):
    values = SIGNALS[name].values(length=4000)
    noise = values - [height * math.sin(k / 20) for k in range(4000)]
    assert -0.5 <= noise.min() < -0.49
    assert 0.49 < noise.max() < 0.5
    assert noise.mean() == pytest.approx(0, abs=0.02)
    assert noise.var() == pytest.approx(1 / 12, rel=0.05)
    np.testing.assert_array_equal(SIGNALS[name].values(length=4000), values)
    assert not np.array_equal(SIGNALS[name].values(seed=1, length=4000), values)


def test_length():
    assert SIGNALS["spikes"].values(length=1).tolist() == [1]
    with pytest.raises(SlalomError, match="at least 1"):
        SIGNALS["spikes"].values(length=0)


def test_find():
    assert all(find(name) is signal for name, signal in SIGNALS.items())
    assert all(signal.name == name and signal.formula for name, signal in SIGNALS.items())
    assert repr(find("spikes")) == "<Signal spikes>"
    with pytest.raises(SlalomError, match="unknown signal 'spike'; did you mean spikes"):
        find("spike")


VALUES = np.array([1.0, 3.0, -1.0, 5.0])
POSITIONS = {
    -1e9: 0,
    -0.01: 0,
    0: 1,
    0.25: 1.5,
    1: 3,
    1.5: 1,
    2.75: 3.5,
    3: 5,
    3.99: 5,
    4: 0,
    1e9: 0,
}


@pytest.mark.parametrize("make", [np.asarray, jnp.asarray, torch.asarray])
def test_between_positions(make):
    positions = np.array(list(POSITIONS), dtype=float)
    values = make(VALUES)
    xp = array_namespace(values)
    found = at(values, make(positions), xp)
    np.testing.assert_allclose(found, list(POSITIONS.values()), rtol=1e-6)
    assert found.dtype == values.dtype
    square = at(values, make(positions[:4].reshape(2, 2)), xp)
    np.testing.assert_allclose(square, [[0, 0], [1, 1.5]])
    for position, value in POSITIONS.items():
        assert at(values, float(position), xp) == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("position", [math.nan, math.inf, -math.inf])
def test_a_lost_position_stays_lost(position):
    with np.errstate(invalid="ignore"):
        assert np.isnan(at(VALUES, position, np))


def test_traces_and_maps():
    values = jnp.asarray(VALUES)
    positions = jnp.asarray([0.25, 3.5, 7.0])
    traced = jax.jit(jax.vmap(lambda p: at(values, p, jnp)))(positions)
    np.testing.assert_allclose(traced, [1.5, 5, 0])


def test_is_the_signal_itself_at_whole_positions():
    values = signals.find("uneven_sawtooth").values()
    np.testing.assert_array_equal(at(values, np.arange(300.0), np), values)

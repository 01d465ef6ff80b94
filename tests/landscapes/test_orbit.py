"""The orbit regression against the slopes that its article derives by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import enable_x64

from slalom.landscapes import orbit
from slalom.landscapes.orbit import CENTRE, SEMI_AXES, squared_errors, transfer_orbit

value_and_slope = jax.jit(jax.value_and_grad(orbit.value))


def by_hand(A, B, x, y):
    """Loss and slopes over the usable points, one after the other."""
    errors, in_A, in_B = [], [], []
    for xi, yi in zip(x, y, strict=True):
        u = xi + 0.26185
        if u**2 < A**2:
            y_hat = B * np.sqrt(1 - u**2 / A**2)
            errors.append((y_hat - yi) ** 2)
            in_A.append(2 * (y_hat - yi) * u**2 * B**2 / (A**3 * y_hat))
            in_B.append(2 * (y_hat - yi) * y_hat / B)
    return np.mean(errors), np.mean(in_A), np.mean(in_B)


@pytest.mark.parametrize("A", [0.1, 0.6, 1.1, 1.2, 1.5, 2.0])
@pytest.mark.parametrize("B", [0.05, 1.8])
def test_agrees_with_the_slopes_derived_by_hand(A, B):
    with enable_x64(True):
        value, slope = value_and_slope(jnp.array([A, B]))
        np.testing.assert_allclose([value, *slope], by_hand(A, B, *transfer_orbit()), rtol=1e-9)


def test_the_points():
    x, y = transfer_orbit()
    assert len(x) == len(y) == 512
    np.testing.assert_allclose([x[0], x[-1]], [-0.26185 - 1.261845, -0.26185 + 1.261845])
    np.testing.assert_allclose(np.diff(x), np.diff(x)[0])
    noise = y - 1.234378 * np.sqrt(np.maximum(0, 1 - ((x + 0.26185) / 1.261845) ** 2))
    assert 0.045 < np.abs(noise).max() <= 0.05
    assert np.abs(noise.mean()) < 0.005
    np.testing.assert_array_equal(transfer_orbit()[1], y)
    assert not np.array_equal(transfer_orbit(seed=1)[1], y)


def test_most_points_are_unusable_at_the_start():
    x, y = transfer_orbit()
    A, B = (np.asarray(each) for each in orbit.start)
    errors, usable = squared_errors(A, B, x, y)
    assert np.sum(~usable) == 472
    np.testing.assert_allclose(errors[~usable], y[~usable] ** 2)


def test_without_a_usable_point_there_is_no_update():
    _, y = transfer_orbit()
    for A in (0.0, 1e-3, -1e-3):
        with enable_x64(True):
            value, slope = value_and_slope(jnp.array([A, 1.0]))
        assert value == pytest.approx(np.mean(y**2))
        np.testing.assert_array_equal(slope, 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_root_of_exactly_zero_gives_no_infinite_slope(dtype):
    with enable_x64(dtype == "float64"):
        u = jnp.asarray(transfer_orbit()[0], dtype) - CENTRE
        for k in (100, 300, 511):
            point = jnp.stack([abs(u[k]), jnp.asarray(1.2, dtype)])
            value, slope = value_and_slope(point)
            assert jnp.isfinite(value)
            assert jnp.isfinite(slope).all()


def test_a_lost_parameter_stays_lost():
    assert np.isnan(orbit([np.nan, 1.0]))
    assert np.isnan(orbit([1.0, np.nan]))


def test_the_minimum_is_near_the_true_semi_axes():
    (minimum,) = orbit.minima
    assert minimum.position == pytest.approx(SEMI_AXES, abs=0.01)
    assert minimum.value == pytest.approx(0.05**2 / 3, rel=0.1)  # the variance of the noise

"""Every landscape, on every array library, in both precisions, with its slopes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from jax import enable_x64

from slalom import landscapes
from slalom.landscapes import CATALOGUE

MEMBERS = ["quadratic", "noisy_quadratic", "rosenbrock", "rastrigin", "styblinski_tang"]
ALL = [*CATALOGUE.values()] + [
    CATALOGUE[name].of(dim=10) for name in [*MEMBERS, "ackley", "michalewicz"]
]
everywhere = pytest.mark.parametrize("landscape", ALL, ids=lambda each: each.name)


BATCH = 4000  # always the same shape, so that each landscape compiles once in each precision


@functools.cache
def compiled(landscape):
    return jax.jit(jax.vmap(jax.value_and_grad(landscape.value)))


def values_and_slopes(landscape, points, dtype="float64"):
    """From JAX, in the precision asked for."""
    batch = np.resize(points, (BATCH, landscape.dim)).astype(dtype)
    with enable_x64(dtype == "float64"):
        values, slopes = compiled(landscape)(batch)
    assert values.dtype == slopes.dtype == dtype
    return np.asarray(values)[: len(points)], np.asarray(slopes)[: len(points)]


def points_in_domain(landscape, count=40, seed=0):
    """Random points inside the domain, and inside the function's own."""
    low, high = np.array(landscape.domain).T
    points = np.random.default_rng(seed).uniform(low, high, (count, landscape.dim))
    return points[np.isfinite(landscape(points))]


@everywhere
def test_slopes_are_those_of_finite_differences(landscape):
    points = points_in_domain(landscape, 5)
    if landscape.name == "orbit":  # it jumps where a point becomes usable; see its own test
        points = np.array([[1.5, 1.0], [1.9, 2.4], [1.3, 0.1]])
    _, slopes = values_and_slopes(landscape, points)
    h = 1e-6 * np.eye(landscape.dim)
    differences = (landscape(points[:, None] + h) - landscape(points[:, None] - h)) / 2e-6
    scale = 1 + np.abs(slopes).max(axis=-1, keepdims=True)
    np.testing.assert_allclose(slopes / scale, differences / scale, atol=2e-6)


@everywhere
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_same_value_and_dtype_on_every_library(landscape, dtype):
    points = points_in_domain(landscape)
    expected = landscape(points)
    tolerance = 2e-4 if dtype == "float32" else 1e-12
    points = points.astype(dtype)
    by_jax, _ = values_and_slopes(landscape, points, dtype)
    scale = np.abs(expected).max()
    for values in (landscape(points), landscape(torch.asarray(points)), by_jax):
        assert str(values.dtype).removeprefix("torch.") == dtype
        np.testing.assert_allclose(values, expected, rtol=tolerance, atol=tolerance * scale)
    assert [landscape(p).shape for p in (points[0], torch.asarray(points[0]))] == [(), ()]


@everywhere
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_value_and_slope_are_finite_over_the_domain(landscape, dtype):
    if landscape.dim <= 2:
        axes = [np.linspace(low, high, 61) for low, high in landscape.domain]
        points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, landscape.dim)
    else:
        points = points_in_domain(landscape, 500)
    lowest = [m.position for m in landscape.minima if m.is_global]
    points = np.concatenate([points, lowest]) if lowest else points
    values, slopes = values_and_slopes(landscape, points, dtype)
    defined = np.ones(len(points), bool)
    if landscape.defined is not None:
        defined = np.asarray(landscape.defined(points.astype(dtype).T))
        assert 0 < defined.sum() < len(points)
    assert np.isfinite(values[defined]).all()
    assert np.isfinite(slopes[defined]).all()
    assert np.isnan(values[~defined]).all()
    assert np.isnan(slopes[~defined]).all()


def test_only_complex_sum_has_a_limited_domain():
    assert [name for name, each in CATALOGUE.items() if each.defined] == ["complex_sum"]


def test_torch_gives_the_same_slopes():
    for landscape in CATALOGUE.values():
        point = torch.tensor(landscape.start, dtype=torch.float64, requires_grad=True)
        landscape.value(point).backward()
        _, (slope,) = values_and_slopes(landscape, [landscape.start])
        np.testing.assert_allclose(point.grad, slope, rtol=1e-9, atol=1e-12, err_msg=landscape.name)


@pytest.mark.parametrize("x", [0.0, -1.0, -7.5])
def test_outside_the_domain_of_definition_is_nan_with_nan_slopes(x):
    landscape = landscapes.complex_sum
    assert np.isnan(landscape([x, 3.0]))
    slope = jax.jit(jax.grad(landscape.value))(jnp.asarray([x, 3.0]))
    assert np.isnan(slope).all()


def test_the_tip_of_ackley_has_no_slope():
    for dtype in ("float32", "float64"):
        with enable_x64(dtype == "float64"):
            slope = jax.grad(landscapes.ackley.value)(jnp.zeros(2, dtype))
        np.testing.assert_array_equal(slope, 0)


def test_cliff_far_down_keeps_its_slope_in_float32():
    slope = jax.grad(landscapes.cliff.value)(jnp.asarray([-100.0, 0.0]))
    np.testing.assert_allclose(slope, [-9.8, 0], rtol=1e-6)

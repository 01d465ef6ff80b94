"""The known minima and other critical points are what they are said to be."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import enable_x64

from slalom import landscapes
from slalom.landscapes import CATALOGUE

WITH_MINIMA = [each for each in CATALOGUE.values() if each.minima]
FLAT = 1e-6  # an eigenvalue below this is 0


@functools.cache
def slopes_and_curvatures(landscape):
    """Of the minima, then of the other critical points: slopes, and eigenvalues of the Hessian."""
    positions = [each.position for each in (*landscape.minima, *landscape.critical)]

    def both(p):
        return jax.grad(landscape.value)(p), jax.hessian(landscape.value)(p)

    with enable_x64(True):
        slopes, hessians = jax.jit(jax.vmap(both))(jnp.asarray(positions))
    return np.asarray(slopes), np.linalg.eigvalsh(np.asarray(hessians))


@pytest.mark.parametrize("landscape", WITH_MINIMA, ids=lambda each: each.name)
def test_minima(landscape):
    positions = [m.position for m in landscape.minima]
    np.testing.assert_allclose(
        landscape(positions), [m.value for m in landscape.minima], rtol=1e-12, atol=1e-12
    )
    low, high = np.array(landscape.domain).T
    assert np.all((low <= positions) & (positions <= high))
    if landscape.name == "ackley":  # a cone, without curvature; its slope there is 0 by definition
        ring = 1e-4 * np.exp(1j * np.linspace(0, 2 * np.pi, 50))
        assert landscape(np.stack([ring.real, ring.imag], -1)).min() > landscape.minima[0].value
        return
    slopes, curvatures = (each[: len(positions)] for each in slopes_and_curvatures(landscape))
    assert curvatures.min() > FLAT
    # the distance that Newton's method would still go
    assert np.max(np.abs(slopes) / curvatures.min(axis=-1, keepdims=True)) < 1e-9


@pytest.mark.parametrize(
    "landscape", [each for each in CATALOGUE.values() if each.critical], ids=lambda each: each.name
)
def test_critical_points(landscape):
    positions = [c.position for c in landscape.critical]
    slopes, curvatures = (each[-len(positions) :] for each in slopes_and_curvatures(landscape))
    np.testing.assert_allclose(
        landscape(positions), [c.value for c in landscape.critical], rtol=1e-11, atol=1e-11
    )
    for point, slope, curvature in zip(landscape.critical, slopes, curvatures, strict=True):
        if np.abs(curvature).min() < FLAT:
            kind = "degenerate"
        elif (curvature > 0).all():
            kind = "minimum"
        else:
            kind = "maximum" if (curvature < 0).all() else "saddle"
        assert point.kind == kind, point
        assert kind != "minimum", "it belongs to the minima"
        assert np.abs(slope).max() < 1e-9 * max(1, np.abs(curvature).max()), point


@pytest.mark.parametrize("landscape", WITH_MINIMA, ids=lambda each: each.name)
def test_nothing_on_the_mesh_is_lower_than_the_global_minimum(landscape):
    lowest = min(m.value for m in landscape.minima)
    for minimum in landscape.minima:
        assert minimum.is_global == (minimum.value < lowest + 1e-9), minimum
    assert np.nanmin(landscape.mesh(401)[-1]) >= lowest - 1e-12


@pytest.mark.parametrize(
    "name",
    ["wobbly", "basins_and_walls", "ripple", "giant_plateau", "hills_and_canyon", "two_minimums"],
)
def test_habrs_minima_are_all_there_are(name):
    """A point of a fine mesh below its eight neighbours is near a known minimum."""
    landscape = CATALOGUE[name]
    x, y, values = landscape.mesh(801)
    inner = values[1:-1, 1:-1]
    lower = np.ones_like(inner, dtype=bool)
    for i in range(3):
        for j in range(3):
            if (i, j) != (1, 1):
                lower &= inner < values[i : i + 799, j : j + 799]
    found = np.stack([x[1:-1][lower.nonzero()[1]], y[1:-1][lower.nonzero()[0]]], axis=-1)
    known = np.array([m.position for m in landscape.minima])
    distances = np.linalg.norm(found[:, None] - known, axis=-1)
    assert distances.min(axis=1).max() < 0.05
    assert len(found) == len(known)


# Surjanovic & Bingham's library and Wikipedia, to the digits that they print.
PUBLISHED = {
    "beale": [((3, 0.5), 0)],
    "booth": [((1, 3), 0)],
    "himmelblau": [
        ((3.0, 2.0), 0),
        ((-2.805118, 3.131312), 0),
        ((-3.779310, -3.283186), 0),
        ((3.584428, -1.848126), 0),
    ],
    "goldstein_price": [((0, -1), 3)],
    "three_hump_camel": [((0, 0), 0)],
    "six_hump_camel": [((0.0898, -0.7126), -1.0316), ((-0.0898, 0.7126), -1.0316)],
    "mccormick": [((-0.54719, -1.54719), -1.9133)],
    "matyas": [((0, 0), 0)],
    "easom": [((math.pi, math.pi), -1)],
    "levy_13": [((1, 1), 0)],
    "michalewicz": [((2.20, 1.57), -1.8013)],
    "ackley": [((0, 0), 0)],
    "rastrigin": [((0, 0), 0)],
    "rosenbrock": [((1, 1), 0)],
    "styblinski_tang": [((-2.903534, -2.903534), -39.16617 * 2)],
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_global_minima_are_the_published_ones(name):
    known = [m for m in CATALOGUE[name].minima if m.is_global]
    assert len(known) == len(PUBLISHED[name])
    for position, value in PUBLISHED[name]:
        nearest = min(known, key=lambda m: math.dist(m.position, position))
        assert nearest.position == pytest.approx(
            position, abs=4e-3 if name == "michalewicz" else 1e-4
        )
        assert nearest.value == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        (landscapes.michalewicz.of(dim=5), -4.687658),
        (landscapes.michalewicz.of(dim=10), -9.66015),
        (landscapes.styblinski_tang.of(dim=10), -391.66165703771405),
        (landscapes.rastrigin.of(dim=10), 0),
        (landscapes.rosenbrock.of(dim=10), 0),
        (landscapes.ackley.of(dim=10), 0),
        (landscapes.quadratic.of(dim=10, condition=1e4), 0),
    ],
)
def test_global_minima_in_more_dimensions(member, value):
    (lowest,) = (m for m in member.minima if m.is_global)
    assert lowest.value == pytest.approx(value, abs=1e-5)
    assert member(lowest.position) == pytest.approx(lowest.value, abs=1e-11)
    with enable_x64(True):
        slope = jax.grad(member.value)(jnp.asarray(lowest.position))
    np.testing.assert_allclose(slope, 0, atol=1e-10)


def test_members_may_have_many_minima():
    assert len(landscapes.rastrigin.minima) == 121
    assert len(landscapes.rastrigin.of(dim=10).minima) == 1
    assert len(landscapes.styblinski_tang.of(dim=3).minima) == 8


def test_a_saddle_that_the_literature_knows():
    assert ((0.0, 1.0), "saddle") in [(c.position, c.kind) for c in landscapes.beale.critical]
    (top,) = (c for c in landscapes.himmelblau.critical if c.kind == "maximum")
    assert top.position == pytest.approx((-0.270845, -0.923039), abs=1e-6)
    assert top.value == pytest.approx(181.617, abs=1e-3)

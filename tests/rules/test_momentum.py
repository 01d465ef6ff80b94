"""Gradient descent and momentum against closed forms on quadratics and constant gradients."""

import numpy as np
import pytest

from slalom.descent import descend
from slalom.rules import GradientDescent, Momentum, Piecewise

from .sequences import path

CURVATURE = np.array([0.1, 1.0, 3.0, 15.0])
START = np.array([1.0, -2.0, 3.0, 0.5])


def quadratic(x):
    return 0.5 * (CURVATURE * x * x).sum()


def positions(rule, steps=40):
    return descend(rule, quadratic, START, steps).trace.position


def test_gradient_descent_shrinks_each_eigenvector_by_its_own_factor():
    t = np.arange(41)[:, None]
    expected = START * (1 - 0.12 * CURVATURE) ** t
    np.testing.assert_allclose(positions(GradientDescent(lr=0.12)), expected, rtol=1e-12)


@pytest.mark.parametrize("lr_inside", [None, True, False])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_heavy_ball_is_the_power_of_a_matrix(momentum, lr_inside):
    """x' = x - lr λ x + momentum (x - x_before): a recurrence of two positions."""
    expected = np.empty((41, 4))
    for i, curvature in enumerate(CURVATURE):
        step = np.array([[1 - 0.1 * curvature + momentum, -momentum], [1.0, 0.0]])
        for t in range(41):
            expected[t, i] = (np.linalg.matrix_power(step, t) @ [START[i], START[i]])[0]
    found = positions(Momentum(lr=0.1, momentum=momentum, lr_inside=lr_inside))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


@pytest.mark.parametrize("lr", [0.01, 0.3])
def test_constant_gradients_reach_the_terminal_velocity(lr):
    """Σ momentum^k = (1 - momentum^t) / (1 - momentum)."""
    steps = np.diff(path(Momentum(lr=lr, momentum=0.8), np.full((60, 1), 2.0)), axis=0)[:, 0]
    t = np.arange(2, 61)
    np.testing.assert_allclose(steps, -2 * lr * (1 - 0.8**t) / 0.2, rtol=1e-12)


def test_an_unbiased_average_of_constant_gradients_is_the_gradient():
    rule = Momentum(lr=0.1, momentum=0.9, ema=True, debias=True)
    found = path(rule, np.full((50, 2), [3.0, -1e-20]))
    t = np.arange(1, 51)[:, None]
    np.testing.assert_allclose(found, -0.1 * t * [3.0, -1e-20], rtol=1e-12)


def test_a_biased_average_of_constant_gradients_grows_to_the_gradient():
    rule = Momentum(lr=0.1, momentum=0.9, ema=True)
    steps = np.diff(path(rule, np.full((50, 1), 3.0)), axis=0, prepend=0)[:, 0]
    np.testing.assert_allclose(steps, -0.3 * (1 - 0.9 ** np.arange(1, 51)), rtol=1e-11)


def test_the_average_form_is_the_heavy_ball_at_a_tenth_of_the_rate():
    gs = np.random.default_rng(0).normal(size=(50, 3))
    averaged = path(Momentum(lr=1.0, momentum=0.9, ema=True), gs)
    np.testing.assert_allclose(averaged, path(Momentum(lr=0.1, momentum=0.9), gs), rtol=1e-11)


def test_a_changing_rate_parts_the_forms():
    """A rate that drops to 0: inside, the ball rolls on; outside, it stops at once."""
    rate, gs = Piecewise((0.1, 0.0), (5,)), np.ones((10, 1))
    inside = path(Momentum(lr=rate, momentum=0.5), gs)[:, 0]
    outside = path(Momentum(lr=rate, momentum=0.5, lr_inside=False), gs)[:, 0]
    np.testing.assert_allclose(inside[:5], outside[:5], rtol=1e-14)
    assert np.all(np.diff(outside[4:]) == 0)
    np.testing.assert_allclose(np.diff(inside[4:]), np.diff(inside)[3] * 0.5 ** np.arange(1, 6))


@pytest.mark.parametrize("momentum", [0.0, 0.7])
def test_dampening_holds_back_all_but_the_first_gradient(momentum):
    """Linear: each later gradient counts 1 - dampening, the first counts whole."""
    gs = np.random.default_rng(0).normal(size=(20, 2))
    scaled = np.concatenate([gs[:1], 0.25 * gs[1:]])
    dampened = Momentum(lr=0.1, momentum=momentum, dampening=0.75)
    plain = Momentum(lr=0.1, momentum=momentum)
    np.testing.assert_allclose(path(dampened, gs), path(plain, scaled), rtol=1e-12)

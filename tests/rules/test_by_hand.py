"""Steps worked out by hand, with numbers whose roots and quotients are short."""

import math

import jax
import numpy as np
import pytest

from slalom.rules import (
    Adadelta,
    Adagrad,
    Adam,
    Momentum,
    NAdam,
    Nesterov,
    Piecewise,
    RMSProp,
)

from .sequences import deltas

HALVING = math.log(2) / -math.log(0.96)  # the momentum_decay at which 0.96^(t decay) is 2^-t


def steps(rule, *gs):
    return deltas(rule, np.array(gs, dtype=float)[:, None])[:, 0]


def test_nadam_whose_momentum_grows():
    """mu = 0.8 (1 - 2^-(t+1)) = 0.6, 0.7, 0.75 and their products 0.6, 0.42, 0.315."""
    found = steps(NAdam(0.5, 0.8, 0.0, eps=3.0, momentum_decay=HALVING), 2, 4)
    first = 0.7 * 0.4 / (1 - 0.42) + 0.4 * 2 / (1 - 0.6)  # m = 0.2 · 2
    second = 0.75 * 1.12 / (1 - 0.315) + 0.3 * 4 / (1 - 0.42)  # m = 0.8 · 0.4 + 0.2 · 4
    np.testing.assert_allclose(found, [-first / 2 / (2 + 3), -second / 2 / (4 + 3)], rtol=1e-13)


def test_the_other_eps_under_the_root():
    """v = g² / 4 = 4 and sqrt(4 + 5) = 3; the correction is sqrt(1 - 3/4) = 1/2."""
    rule = Adam(1.0, beta1=0.0, beta2=0.75, eps=5.0, eps_hat=True, eps_inside=True)
    assert steps(rule, 4) == pytest.approx(-4 / 3 / 2, rel=1e-14)


def test_three_ways_to_keep_the_largest_square():
    """Gradients 1, 0: v = 1/4, 3/16; corrected by 1/4 and 7/16."""
    rule, m = Adam(1.0, beta1=0.5, beta2=0.75, eps=0.0), (1 / 4) / (3 / 4)
    largest = {False: (3 / 16) / (7 / 16), True: (1 / 4) / (7 / 16), "corrected": 1.0}
    for amsgrad, square in largest.items():
        found = steps(rule.replace(amsgrad=amsgrad), 1, 0)
        np.testing.assert_allclose(found, [-1, -m / math.sqrt(square)], rtol=1e-14)


def test_what_is_not_used_is_not_kept():
    x = np.ones(2)
    assert [part is None for part in Adam().begin(x)] == [False, False, True]
    assert [part is None for part in Adam(amsgrad=True).begin(x)] == [False] * 3
    assert [part is None for part in RMSProp().begin(x)] == [False, True, True]
    assert [part is None for part in RMSProp(centered=True).begin(x)] == [False, False, True]
    assert [part is None for part in RMSProp(momentum=0.0).begin(x)] == [False, True, False]


def test_centred_squares():
    """E = 1/2, 19/4 and m = 1/2, 7/4: the variances 1/4 and 27/16."""
    found = steps(RMSProp(1.0, 0.5, 0.0, centered=True), 1, 3)
    np.testing.assert_allclose(found, [-2, -3 / (math.sqrt(27) / 4)], rtol=1e-13)


def test_centred_squares_without_bias():
    """The weights of two gradients are 3/7 and 4/7: the variance is 3/7 · 4/7 · (8 - 1)² = 12."""
    rule = RMSProp(1.0, 0.75, eps=1.0, centered=True, debias=True)
    np.testing.assert_allclose(steps(rule, 1, 8), [-1, -8 / math.sqrt(13)], rtol=1e-13)


def test_where_the_rate_of_rmsprop_stands_once_it_is_zero():
    """Every step is a unit before the rate; the buffer is 1, 3/2, 7/4."""
    rate = Piecewise((0.5, 0.0), (2,))
    rule = RMSProp(rate, decay=0.0, eps=0.0, momentum=0.5)
    np.testing.assert_allclose(steps(rule, 1, 4, 9), [-0.5, -0.75, -0.375], rtol=1e-14)
    outside = rule.replace(lr_inside=False)
    np.testing.assert_allclose(steps(outside, 1, 4, 9), [-0.5, -0.75, 0.0], rtol=1e-14)


def test_where_the_rate_of_nesterov_stands_once_it_changes():
    """Gradients 4, 2: the velocities are 4, 4, or 2, 1 + 1/2 with the rates 1/2, 1/4 inside."""
    rule = Nesterov(Piecewise((0.5, 0.25), (1,)), momentum=0.5)
    assert steps(rule, 4, 2).tolist() == [-2.0, -1.5]
    outside = rule.replace(lr_inside=False)
    assert steps(outside, 4, 2).tolist() == [-2.0, -1.0]
    # shifted: half of the velocity once more, and the push
    assert steps(rule.replace(shifted=True), 4, 2).tolist() == [-3.0, -1.25]
    assert steps(outside.replace(shifted=True), 4, 2).tolist() == [-3.0, -1.0]


def test_eps_under_both_roots_of_adadelta():
    """sqrt(16 + 9) over sqrt(4² + 9)."""
    rule = Adadelta(decay=0.0, eps=9.0, initial_delta_value=16.0)
    assert steps(rule, 4) == pytest.approx(-4.0, rel=1e-14)


def test_eps_beside_a_sum_without_a_root():
    rule = Adagrad(1.0, eps=2.0, accumulate="abs", scaling="quotient")
    assert steps(rule, 3) == pytest.approx(-3 / (3 + 2), rel=1e-15)


def test_a_dampening_of_one_lets_only_the_first_gradient_through():
    rule = Momentum(1.0, momentum=0.5, dampening=1.0)
    np.testing.assert_allclose(steps(rule, 8, 3, 5), [-8, -4, -2], rtol=1e-15)


def test_dampening_where_the_step_is_traced():
    rule = Momentum(1.0, momentum=0.5, dampening=0.25)
    update = jax.jit(lambda g, state, t: rule.step(g, g, state, t))
    state = rule.begin(np.zeros(1, np.float32))
    # v = 8; 4 + 3/4 · 4 = 7; 7/2 + 3/4 · 6 = 8
    for t, (g, v) in enumerate([(8, 8), (4, 7), (6, 8)], start=1):
        delta, state = update(np.full(1, g, np.float32), state, t)
        assert delta[0] == -v

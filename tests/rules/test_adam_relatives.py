"""LaProp, QHAdam, AdaBound, Simplified AdEMAMix, ACProp and diffGrad: by hand, and as Adam."""

import math

import numpy as np
import pytest

from slalom.rules import (
    ACProp,
    AdaBound,
    Adam,
    DiffGrad,
    LaProp,
    Momentum,
    QHAdam,
    SimplifiedAdEMAMix,
    amsbound,
)

from .sequences import assert_same, deltas, ordinary

GRADIENTS = ordinary()[:50]


def steps(rule, *gs):
    return deltas(rule, np.array(gs, dtype=float)[:, None])[:, 0]


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        (LaProp(0.5, 0.0, 0.8, eps=0.1), Adam(0.5, 0.0, 0.8, eps=0.1)),
        (LaProp(0.5, 0.0, 0.8, eps=0.1, eps_hat=True), Adam(0.5, 0.0, 0.8, 0.1, eps_hat=True)),
        (QHAdam(0.5, 0.8, 0.9, 1.0, 1.0, 0.1), Adam(0.5, 0.8, 0.9, 0.1)),
        # bounds so wide that they bind nothing, and so narrow that there is one rate
        (AdaBound(0.5, 0.8, 0.9, gamma=1e-14), Adam(0.5, 0.8, 0.9, eps_hat=True)),
        (amsbound(0.5, 0.8, 0.9, gamma=1e-14), Adam(0.5, 0.8, 0.9, eps_hat=True, amsgrad=True)),
        (AdaBound(0.5, 0.8, 0.9, 0.25, gamma=1e14), Momentum(0.25, 0.8, ema=True)),
        (SimplifiedAdEMAMix(0.5, 0.0, 0.9, eps=0.1), Adam(0.5, 0.0, 0.9, 0.1)),
        # a sum is 1 / (1 - beta1) = 4 averages
        (
            SimplifiedAdEMAMix(0.25, 0.75, alpha=8.0),
            SimplifiedAdEMAMix(1.0, 0.75, alpha=2.0, ema=True),
        ),
    ],
    ids=str,
)
def test_special_cases(rule, known):
    assert_same(deltas(rule, GRADIENTS), deltas(known, GRADIENTS), rtol=1e-11)


def test_laprop_averages_signs_where_the_square_is_the_gradients_own():
    """m = 1/2, 3/4, -1/8, corrected by 1/2, 3/4 and 7/8."""
    found = steps(LaProp(1.0, beta1=0.5, beta2=0.0, eps=0.0), 1, 20, -3)
    np.testing.assert_allclose(found, [-1, -1, 1 / 7], rtol=1e-14)


def test_qhadam_without_averages_is_sign_descent():
    found = steps(QHAdam(0.5, nu1=0.0, nu2=0.0, eps=0.0), 1, -20, 3e-4)
    np.testing.assert_allclose(found, [-0.5, 0.5, -0.5], rtol=1e-14)


def test_qhadam_mixes_before_the_root():
    """m = 1, 2.5 / 0.75 and v̂ = 4, (0.75 + 9) / 0.4375, by hand for the gradients 2 and 6."""
    found = steps(QHAdam(1.0, beta1=0.5, beta2=0.75, nu1=0.5, nu2=0.25, eps=1.0), 2, 6)
    second = (0.5 * 6 + 0.5 * 3.5 / 0.75) / (math.sqrt(0.75 * 36 + 0.25 * 9.75 / 0.4375) + 1)
    np.testing.assert_allclose(found, [-2 / 3, -second], rtol=1e-14)


def test_the_bounds_of_adabound():
    """final_lr (1 - 1 / (t + 1)) and final_lr (1 + 1 / t): 1/2 to 2, then 2/3 to 3/2."""
    rule = AdaBound(1.0, beta1=0.0, beta2=0.0, final_lr=1.0, gamma=1.0, eps=0.0)
    np.testing.assert_allclose(steps(rule, 1, 1), [-1, -1])
    np.testing.assert_allclose(steps(rule, 100, 100), [-50, -200 / 3])
    np.testing.assert_allclose(steps(rule, 0.1, 0.1), [-0.2, -0.15])


def test_an_inverted_correction_makes_the_first_step_20_times_as_long():
    """The gradient counts 1 + alpha times."""
    rule = SimplifiedAdEMAMix(1.0, beta2=0.95, alpha=2.0, eps=0.0)
    assert steps(rule, 5) == pytest.approx(-3, rel=1e-14)
    assert steps(rule.replace(inverted=True), 5) == pytest.approx(-60, rel=1e-12)


def test_acprop_divides_by_what_came_before():
    """s = 1 and 7/4, corrected by 1/4 and 7/16: roots of 4 and of 4."""
    rule = ACProp(1.0, beta1=0.0, beta2=0.75, eps=0.0, eps_root=0.0)
    np.testing.assert_allclose(steps(rule, 2, 4, 3), [-2, -2, -1.5], rtol=1e-14)


def test_the_eps_of_acprop():
    """Gradients 0, 0, 1: s = eps_root and 7/4 of it, corrected by 1/4 and 7/16; eps beside."""
    rule = ACProp(1.0, beta2=0.75, eps=3.0, eps_root=1.0)
    np.testing.assert_allclose(steps(rule, 0, 0, 1), [0, 0, -1 / 5], rtol=1e-14)


@pytest.mark.parametrize("eps_hat", [False, True])
def test_diffgrad_of_a_gradient_that_stays_is_half_of_adam(eps_hat):
    """But for the first step, whose gradient came after 0."""
    numbers = {"beta2": 0.5, "eps": 0.1, "eps_hat": eps_hat}
    ratio = steps(DiffGrad(**numbers), 2, 2, 2) / steps(Adam(**numbers), 2, 2, 2)
    np.testing.assert_allclose(ratio, [1 / (1 + math.exp(-2)), 0.5, 0.5], rtol=1e-14)


def test_diffgrad_of_a_gradient_that_turns_is_adam():
    found, adam = (steps(kind(), 30, -30, 30) for kind in (DiffGrad, Adam))
    np.testing.assert_allclose(found[1:], adam[1:], rtol=1e-8)

"""Noisy landscapes: the draws of a seed, a start and a step."""

import numpy as np
import pytest

from slalom import landscapes
from slalom.descent import descend
from slalom.rules import GradientDescent

GROUND = landscapes.noisy_quadratic.of(condition=1.0, noise=2.0)  # ½ |x|²
RULE = GradientDescent(lr=0.25)


def paths(seed=0):
    starts = np.tile([3.0, -1.0], (100, 1))
    return descend(RULE, GROUND, starts=starts, steps=40, seed=seed).trace.position


def noise_of(x):
    """What was added to the gradient x, told from the steps."""
    return -(x[:, 1:] - x[:, :-1]) / 0.25 - x[:, :-1]


def test_a_seed_repeats_to_the_bit_and_another_does_not():
    assert np.array_equal(paths(3), paths(3))
    assert not np.any(paths(3)[:, 1:] == paths(4)[:, 1:])
    one, again, other = (descend(RULE, GROUND, steps=9, seed=s).position for s in (3, 3, 4))
    assert np.array_equal(one, again)
    assert not np.any(one == other)


def test_every_start_step_and_axis_has_its_own_draws():
    noise = noise_of(paths()).ravel()
    assert len(np.unique(np.round(noise, 9))) == 100 * 40 * 2


def test_the_noise_has_the_deviation_of_the_landscape():
    """Within 5 sigma."""
    noise = noise_of(paths()) / GROUND.noise
    assert abs(noise.mean()) < 5 / np.sqrt(noise.size)
    assert abs((noise**2).mean() - 1) < 5 * np.sqrt(2 / noise.size)


@pytest.mark.parametrize("keep", [True, False])
def test_noise_is_in_the_gradient_the_rule_gets_and_not_in_what_is_judged(keep):
    start = np.array([[3.0, -1.0]])
    run = descend(RULE, GROUND, starts=start, steps=7, path=keep)
    np.testing.assert_allclose(run.loss, 0.5 * (run.position**2).sum(1), rtol=1e-13)
    np.testing.assert_allclose(run.gradient_norm, np.sqrt((run.position**2).sum(1)), rtol=1e-13)


def test_all_gradients_of_one_step_meet_one_noise():
    """With weights that add to 1, several look-aheads on a flat landscape are one gradient."""
    flat = landscapes.noisy_quadratic.of(condition=1.0, noise=1.0)
    one = descend("smoothed_nesterov(lr=0.1, momentum=0, points=(1,))", flat, steps=5)
    many = descend("smoothed_nesterov(lr=0.1, momentum=0, points=(1, 2, 3))", flat, steps=5)
    np.testing.assert_allclose(one.trace.position, many.trace.position, rtol=1e-12)

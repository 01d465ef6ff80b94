"""Adagrad, RMSProp and Adadelta against closed forms and invariances of their papers."""

import numpy as np
import pytest

from slalom.rules import Adadelta, Adagrad, RMSProp

from .sequences import deltas, path

CONSTANT = np.full((60, 3), [3.0, -0.2, 1e-5])
T = np.arange(1, 61)[:, None]
SIGN = np.sign(CONSTANT)


def test_adagrad_steps_shrink_as_one_over_the_root_of_t():
    found = deltas(Adagrad(lr=0.5, eps=0.0), CONSTANT)
    np.testing.assert_allclose(found, -0.5 * SIGN / np.sqrt(T), rtol=1e-13)


def test_adagrad_travels_a_partial_zeta_sum():
    found = path(Adagrad(lr=1.0, eps=0.0), CONSTANT)[-1]
    np.testing.assert_allclose(found, -SIGN[0] * np.sum(T**-0.5), rtol=1e-13)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # G = t |g|: the step is g / sqrt(t |g|) = ±sqrt(|g| / t)
        (Adagrad(1.0, 0.0, accumulate="abs"), np.sqrt(np.abs(CONSTANT) / T)),
        (Adagrad(1.0, 0.0, accumulate="abs", scaling="quotient"), 1 / T),
        # G = t g²: the step is 1 / (t g)
        (Adagrad(1.0, 0.0, scaling="quotient"), 1 / (T * np.abs(CONSTANT))),
        (Adagrad(1.0, scaling="exp"), np.abs(CONSTANT) * np.exp(-T * CONSTANT**2)),
        (
            Adagrad(1.0, accumulate="abs", scaling="exp"),
            np.abs(CONSTANT) * np.exp(-T * np.abs(CONSTANT)),
        ),
        (Adagrad(1.0, 0.0, lr_decay=0.5), 1 / np.sqrt(T) / (0.5 + 0.5 * T)),
    ],
    ids=str,
)
def test_the_family_of_adagrad_on_constant_gradients(rule, expected):
    np.testing.assert_allclose(deltas(rule, CONSTANT), -SIGN * expected, rtol=1e-12)


def test_where_eps_goes_in_adagrad():
    g = np.full((1, 1), 3.0)  # 3² + 16 = 5²
    assert deltas(Adagrad(1.0, eps=16.0), g)[0, 0] == pytest.approx(-3 / 5, rel=1e-15)
    assert deltas(Adagrad(1.0, eps=16.0, eps_inside=False), g)[0, 0] == pytest.approx(-3 / 19)
    assert deltas(Adagrad(1.0, 0.0, initial_accumulator_value=16.0), g)[0, 0] == pytest.approx(-0.6)


@pytest.mark.parametrize("decay", [0.9, 0.99, 0.0])
def test_the_first_step_of_rmsprop_is_the_longest(decay):
    """E = (1 - decay) g², so the step is lr / sqrt(1 - decay), whatever the gradient."""
    found = deltas(RMSProp(lr=0.1, decay=decay, eps=0.0), CONSTANT)
    np.testing.assert_allclose(found[0], -0.1 * SIGN[0] / np.sqrt(1 - decay), rtol=1e-13)
    np.testing.assert_allclose(found, -0.1 * SIGN / np.sqrt(1 - decay**T), rtol=1e-12)


def test_rmsprop_without_bias_steps_by_the_rate_at_constant_gradients():
    found = deltas(RMSProp(lr=0.1, eps=0.0, debias=True), CONSTANT)
    np.testing.assert_allclose(found, -0.1 * SIGN * np.ones_like(T), rtol=1e-12)


def test_centred_rmsprop_divides_by_a_weighted_standard_deviation():
    """NumPy's covariance with exponential weights is the judge."""
    gs = np.random.default_rng(0).normal(2.0, 0.5, size=(60, 1))
    with np.errstate(invalid="ignore", divide="ignore"):  # no variance at step 1
        found = deltas(RMSProp(1.0, 0.9, 0.0, centered=True, debias=True), gs)[1:, 0]
    for t, step in enumerate(found, start=2):
        variance = np.cov(gs[:t, 0], aweights=0.9 ** np.arange(t)[::-1], ddof=0)
        assert step == pytest.approx(-gs[t - 1, 0] / np.sqrt(variance), rel=1e-12)


def test_where_eps_goes_in_rmsprop():
    g = np.full((1, 1), 3.0)
    assert deltas(RMSProp(1.0, 0.0, eps=16.0), g)[0, 0] == pytest.approx(-3 / 5, rel=1e-15)
    assert deltas(RMSProp(1.0, 0.0, eps=16.0, eps_inside=False), g)[0, 0] == pytest.approx(-3 / 19)


def test_an_initial_e_of_one_tames_the_first_step():
    found = deltas(RMSProp(1.0, 0.75, 0.0, initial_accumulator_value=1.0), np.ones((5, 1)))
    np.testing.assert_allclose(found, -np.ones((5, 1)), rtol=1e-14)


@pytest.mark.parametrize("nesterov", [False, True])
def test_rmsprop_with_momentum_adds_up_its_own_steps(nesterov):
    gs = np.random.default_rng(0).normal(size=(40, 2))
    plain = deltas(RMSProp(lr=0.1), gs)
    b = np.zeros(2)
    found = deltas(RMSProp(lr=0.1, momentum=0.8, nesterov=nesterov), gs)
    for step, own in zip(found, plain, strict=True):
        b = 0.8 * b + own
        np.testing.assert_allclose(step, 0.8 * b + own if nesterov else b, rtol=1e-11)


@pytest.mark.parametrize("factor", [1e-4, 1e4])
def test_adadelta_ignores_the_unit_of_the_objective(factor):
    """The quotient of D and E has no unit of g: scaling g changes only what eps does to E."""
    gs = np.random.default_rng(0).normal(size=(200, 3))
    rule = Adadelta(eps=1e-30, initial_delta_value=1e-4)
    np.testing.assert_allclose(deltas(rule, factor * gs), deltas(rule, gs), rtol=1e-10)


@pytest.mark.parametrize("unit", [1e-3, 50.0])
def test_adadelta_steps_in_the_unit_of_the_parameters(unit):
    """Parameters in another unit: gradients / unit, steps * unit; D is in unit²."""
    gs = np.random.default_rng(0).normal(size=(200, 3))
    metres = deltas(Adadelta(eps=1e-30, initial_delta_value=1e-4), gs)
    others = deltas(Adadelta(eps=1e-30, initial_delta_value=1e-4 * unit**2), gs / unit)
    np.testing.assert_allclose(others, unit * metres, rtol=1e-10)


def test_the_first_step_of_adadelta_is_set_by_eps():
    """D = 0: d = g sqrt(eps) / sqrt((1 - decay) g² + eps)."""
    [found] = deltas(Adadelta(decay=0.75, eps=1e-6), np.full((1, 1), 1e6))
    assert found[0] == pytest.approx(-2e-3, rel=1e-12)
    [large] = deltas(Adadelta(decay=0.75, eps=0.0, initial_delta_value=9.0), np.ones((1, 1)))
    assert large[0] == pytest.approx(-6.0, rel=1e-14)
    [half] = deltas(Adadelta(lr=0.5, decay=0.75, eps=1e-6), np.full((1, 1), 1e6))
    assert half[0] == found[0] / 2

"""Figures that mathematics knows: the rules, when run, give these."""

import math

import numpy as np
import pytest

from slalom.articles.claims import adagrad, adam, averages, momentum, rmsprop, units
from slalom.articles.claims.experiment import steps_on
from slalom.rules import GradientDescent, Momentum


def test_corrections_fall_below_their_bound_where_the_logarithm_says():
    figures = averages.correction_matters(length=1100).figures
    for name, beta in (("m", 0.9), ("v", 0.999)):
        # 1/(1 - beta^t) < 1.6 as soon as beta^t < 1 - 1/1.6
        crossing = math.log(1 - 1 / 1.6) / math.log(beta)
        assert figures[f"{name}_steps"] == math.floor(crossing) + 1


def test_momentum_on_a_constant_gradient_is_a_geometric_sum():
    gamma, eta = 0.25, 0.3
    found = steps_on(Momentum(eta, gamma), np.ones((30, 1)))[:, 0]
    sums = [eta * sum(gamma**i for i in range(t)) for t in range(1, 31)]
    assert np.allclose(found, sums, rtol=1e-12)
    figures = momentum.small_momentum(starts=3, steps=20, names=["square_sum"]).figures
    assert figures["constant_ratio"] == pytest.approx(1.0, abs=1e-11)


def test_an_average_keeps_one_minus_the_power_of_beta():
    figures = averages.window(length=3000).figures
    assert figures["weight_at_05"] == pytest.approx(1 - 0.5**2, abs=1e-12)
    assert figures["weight_at_09"] == pytest.approx(1 - 0.9**10, abs=1e-9)
    assert figures["weight_promised"] == pytest.approx(0.6321205588)
    assert figures["lag_error"] < 1e-9


def test_first_steps_are_the_rate_and_the_rate_over_a_root():
    figures = adam.first_steps(seeds=5, steps=30).figures
    assert figures["adam_first"] == pytest.approx(1.0, rel=1e-6)
    # eps = 1e-8 beside 0.1 g², g from 0.01 on
    assert figures["rmsprop_first"] == pytest.approx(math.sqrt(10), rel=1e-3)
    assert figures["rmsprop_deviation"] < 1e-3


def test_a_turned_velocity_keeps_its_direction_as_long_as_half_of_it_is_left():
    figures = momentum.after_a_turn().figures
    # v = (2 gamma^n - 1)/(1 - gamma) after n contrary gradients
    assert figures["updates_kept"] == math.floor(math.log(2) / -math.log(0.9))
    assert figures["updates_kept_at_0975"] == math.floor(math.log(2) / -math.log(0.975))
    assert figures["carried_lost_at_09"] == pytest.approx(0.1, abs=1e-6)
    assert figures["carried_lost_at_0975"] == pytest.approx(0.025, abs=1e-6)
    assert figures["speed_lost_at_09"] == pytest.approx(0.2, abs=1e-6)


def test_the_drawn_velocity_turns_where_the_figures_say():
    found = momentum.after_a_turn()
    drawn = found.shown.data.value
    assert (drawn.sel(at=slice(None, 0)) == 1).all()
    for curve, kept in (
        ("momentum 0.9", "updates_kept"),
        ("momentum 0.975", "updates_kept_at_0975"),
    ):
        velocity = drawn.sel(curve=curve)
        assert velocity.sel(at=1) < 1
        assert velocity.sel(at=found.figures[kept]) > 0 >= velocity.sel(at=found.figures[kept] + 1)


def test_what_skipping_the_correction_changes_does_not_depend_on_the_gradient():
    figures = averages.skipped(steps=500).figures
    t = np.arange(1, 501)
    change = np.abs((1 - 0.9**t) / np.sqrt(1 - 0.999**t) - 1)
    assert figures["adam_increases"] == change.argmax()  # it rises up to its peak, then falls
    assert figures["adam_largest"] == pytest.approx(change.max(), rel=1e-6)
    assert figures["adam_at_last"] == pytest.approx(change[-1], rel=1e-6)
    assert figures["average_largest"] == pytest.approx(0.9)
    assert figures["average_increases"] == 0


def test_v_without_its_correction_is_short_by_a_power_of_beta():
    figures = averages.unbiased(seeds=2000, steps=20).figures
    assert figures["bias_without"] == pytest.approx(-(0.999**20), abs=0.002)


def test_answers_to_a_constant_size_fade_by_the_powers_of_a_sum_of_squares():
    figures = adagrad.without_root(starts=3, steps=20, names=["two_minimums"]).figures
    assert figures["fade_with_root"] == pytest.approx(-0.5, abs=1e-4)
    assert figures["fade_without_root"] == pytest.approx(-1.0, abs=1e-4)


def test_on_a_square_wave_rmsprop_steps_by_its_rate():
    figures = rmsprop.level(periods=30).figures
    assert figures["rmsprop_level"] == pytest.approx(1.0, abs=1e-3)
    assert figures["adagrad_power"] == pytest.approx(-0.5, abs=0.01)


def test_descent_answers_to_units_as_its_formula_says():
    found = units.units(steps=20, names=["adadelta", "adagrad", "gradient_descent"])
    assert found.figures["others_that_fail"] == 2
    worst = dict(zip(found.shown.data.rule.values, found.shown.data.value.values, strict=True))
    # with x = s y a step of descent is s² times what it should be: 99 too much for s = 10;
    # one of Adagrad is as long as before: s times
    assert worst["gradient_descent"] == pytest.approx(99, rel=1e-6)
    assert worst["adagrad"] == pytest.approx(9, rel=1e-6)


def test_fed_subtracts_the_rate_times_the_gradient():
    given = np.random.default_rng(1).normal(size=(7, 2, 3))
    assert np.allclose(steps_on(GradientDescent(0.5), given), 0.5 * given, rtol=1e-12)

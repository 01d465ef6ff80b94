"""What mathematics knows of the figures on noise, dimension and tuning."""

import itertools
import math

import numpy as np
import pytest

from slalom.articles.claims import (
    conditioning,
    costs,
    networks,
    noise,
    saddles,
    sidebyside,
    smoothing,
    tuning,
)
from slalom.articles.claims.experiment import traced
from slalom.articles.noise import stationary_variance
from slalom.rules import GradientDescent, Momentum


def test_steps_grow_as_the_condition_number_and_as_its_root():
    figures = conditioning.growing_condition(
        starts=4, conditions=(64, 128, 256), steps=1500
    ).figures
    # descent multiplies both axes by (k - 1)/(k + 1) in size
    exact = math.log(conditioning.PRECISION) / math.log(255 / 257)
    assert figures["descent_steps_at_largest"] == pytest.approx(exact, abs=1)
    assert figures["descent_power"] == pytest.approx(1.0, abs=0.01)
    assert figures["momentum_power"] == pytest.approx(0.5, abs=0.08)


def test_newton_keeps_a_square_and_makes_a_cube():
    figures = conditioning.second_order(dims=(2, 4), counted=(128, 256, 512)).figures
    assert figures["memory_power"] == pytest.approx(2.0)
    assert figures["operations_power"] == pytest.approx(3.0, abs=0.05)


def test_elimination_solves_and_counts_what_it_does():
    draws = np.random.default_rng(0)
    matrix, right = draws.normal(size=(6, 6)) + 6 * np.eye(6), draws.normal(size=6)
    x, made = conditioning.eliminated(matrix, right)
    assert np.allclose(x, np.linalg.solve(matrix, right))
    # the textbook's n³/3 + n² - n/3 for one right side, divisions included
    assert made == 6**3 / 3 + 6**2 - 6 / 3


def test_the_floor_is_that_of_the_stationary_variance():
    figures = noise.floor(seeds=40, steps=2000, names=["bowl"]).figures
    exact = sum(c / 2 * stationary_variance(0.02, c) for c in (2.0, 4.0))
    assert figures["floor_at_largest_rate"] == pytest.approx(exact, rel=0.1)
    assert figures["power"] == pytest.approx(1.0, abs=0.1)


def test_an_average_of_white_noise_varies_less_by_its_window():
    assert smoothing.leaky_average(seeds=10, steps=1000, names=["bowl"]).figures[
        "direction_apart"
    ] == pytest.approx(0, abs=0.05)


def test_on_a_circle_every_second_critical_point_is_a_minimum():
    for seed in range(5):
        minima, between, maxima = saddles.kinds_of_a_field(1, seed, 200)
        assert minima == maxima > 0
        assert between == 0


def test_on_a_torus_saddles_are_as_many_as_minima_and_maxima():
    # Morse: their numbers with alternating signs sum to the Euler characteristic, 0
    minima, between, maxima = saddles.kinds_of_a_field(2, 0, 3000)
    assert minima + maxima == between > 0


def test_the_best_of_some_tries_is_the_mean_over_all_choices():
    values = np.array([0.3, 0.1, 0.7, 0.2])
    for k in range(1, 5):
        exact = np.mean([min(chosen) for chosen in itertools.combinations(values, k)])
        assert tuning.after_tries(values)[k - 1] == pytest.approx(exact)


def test_landscapes_side_by_side_are_run_as_if_each_were_alone():
    names = ("bowl", "hills_and_canyon", "cosine_1d")
    field = sidebyside.SideBySide(sidebyside.grounds(names))
    begin = np.array([[[-2.0, 1.0], [-2.8, -2.5], [3.0, 0.7]]])
    together = traced(GradientDescent(0.05), field, begin, 20).position
    for i, ground in enumerate(field.places):
        own = begin[:, i, : ground.dim]
        alone = traced(GradientDescent(0.05), ground, own, 20).position
        assert np.allclose(together[:, :, i, : ground.dim], alone, rtol=1e-10)
    assert (together[:, :, 2, 1] == 0.7).all()  # nothing moves what is no coordinate


def test_what_runs_away_on_one_landscape_spoils_no_other():
    field = sidebyside.SideBySide(sidebyside.grounds(("square_sum", "giant_plateau")))
    begin = np.array([[[1.0, 1.0], [0.3, 0.2]]])
    way = traced(Momentum(2.0, 0.9), field, begin, 600).position
    assert np.isfinite(way).all()
    assert np.abs(way[0, -1, 0]).max() > sidebyside.FAR
    assert np.abs(way[0, -1, 1]).max() < sidebyside.FAR


def test_a_line_through_few_points_is_too_good_by_two_of_them():
    draws = np.random.default_rng(1)
    n, sigma = 10, networks.NOISE
    x = draws.uniform(0, 2, (20_000, n))
    y = 2 * x + 1 + sigma * draws.standard_normal(x.shape)
    training, true = networks.fitted(x, y)
    assert training.mean() == pytest.approx(sigma**2 * (n - 2) / n, rel=0.02)
    assert (true >= sigma**2).all()
    slope, intercept = np.polyfit(x[0], y[0], 1)
    assert training[0] == pytest.approx(np.mean((slope * x[0] + intercept - y[0]) ** 2))
    even = np.linspace(0, 2, 100_001)
    far = np.mean((slope * even + intercept - 2 * even - 1) ** 2)
    assert true[0] == pytest.approx(sigma**2 + far, rel=1e-4)


def test_the_middle_of_ratios_is_their_median_within_its_interval():
    low, high = costs.middle(np.arange(1.0, 102.0))[1:]
    assert costs.middle(np.arange(1.0, 102.0)).value == 51
    assert low < 51 < high
    assert high - low < 25


def test_of_several_turns_the_fastest_counts(monkeypatch):
    clock = 0.0
    # seconds of two jobs that take turns, the first time of each unmeasured
    seconds = iter([0, 0, 5, 7, 9, 1, 2, 8, 4, 4])

    def job():
        nonlocal clock
        clock += next(seconds)

    monkeypatch.setattr(costs.time, "perf_counter", lambda: clock)
    found = costs.times({"a": job, "b": job}, rounds=2, turns=2)
    assert {name: taken.tolist() for name, taken in found.items()} == {"a": [5, 2], "b": [1, 4]}


def test_bands_of_histories_stay_where_losses_and_shares_can_be():
    data = networks.alike(seeds=2, epochs=1, hidden=(4,)).shown.data
    assert (data.loss_low > 0).all()
    assert np.allclose(data.loss / data.loss_low, data.loss_high / data.loss)
    assert 0 <= data.accuracy_low.min() <= data.accuracy_high.max() <= 1

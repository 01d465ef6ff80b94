"""The tools of the experiments, against geometry."""

import numpy as np
import pytest

from slalom import landscapes
from slalom.articles.claims.caught import turning
from slalom.articles.claims.experiment import (
    TRAPS,
    around,
    bars,
    combinations,
    digits_of,
    in_global,
    nearest,
    scattered,
    steepest,
)
from slalom.articles.claims.plateaus import Terrace
from slalom.articles.claims.rarity import force, over_time, typical
from slalom.descent import descend
from slalom.rules import Adagrad, GradientDescent
from slalom.studies import race
from slalom.studies.statistics import Estimate


def test_combinations_are_every_combination():
    found = combinations(lr=[0.1, 0.2], start=np.arange(3))
    assert found["lr"].tolist() == [0.1] * 3 + [0.2] * 3
    assert found["start"].tolist() == [0, 1, 2] * 2


def test_starts_lie_where_they_are_asked_for():
    ground = landscapes.find("complex_sum")
    starts = scattered(ground, 500)
    low, high = np.transpose(ground.domain)
    assert ((starts >= low) & (starts <= high)).all()
    assert (np.ptp(starts, axis=0) > 0.9 * (high - low)).all()
    assert (np.abs(around((1.0, 2.0), 0.2, 500) - [1.0, 2.0]).max(0) <= 0.2).all()


def test_who_is_in_the_global_minimum():
    ground = landscapes.find("two_minimums")
    points = np.array([[0.1, 0.0], [-2.4, -2.5], [3.0, 3.0], [np.nan, np.nan]])
    assert in_global(ground, points).tolist() == [True, False, False, False]
    assert nearest(ground, points[:3]).tolist() == [0, 1, 0]


@pytest.mark.parametrize(("name", "which"), TRAPS)
def test_traps_are_local_minima(name, which):
    ground = landscapes.find(name)
    trap = ground.minima[which]
    assert not trap.is_global
    run = descend(GradientDescent(0.01), ground, steps=2000, starts=around(trap.position, 0.2, 20))
    assert np.abs(run.position - trap.position).max() < 1e-6


def test_steepest_is_the_largest_curvature():
    assert steepest("narrow_canyon") == pytest.approx(4.0)


def test_a_circle_turns_once_and_a_line_does_not():
    angle = np.linspace(0, 2 * np.pi, 201)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    line = np.stack([angle, 2 * angle], axis=1)
    there_and_back = np.concatenate([line[:101], line[99::-1]])
    turns = turning(np.stack([circle, line, there_and_back]))
    assert turns == pytest.approx([2 * np.pi * 199 / 200, 0.0, np.pi])


def test_a_path_at_rest_does_not_turn():
    decay = 0.1 ** np.arange(40)
    rounding = np.random.default_rng(0).normal(size=(40, 2)) * 1e-18
    path = np.stack([decay, decay], axis=1) + rounding
    assert turning(path[None])[0] == pytest.approx(0.0, abs=1e-3)


def test_a_terrace_has_the_slopes_it_is_said_to_have():
    terrace = Terrace(np.float64(2.0), np.float64(0.01))
    places = np.array([-1.0, 1.0, 3.0])
    run = descend(GradientDescent(1e-9), terrace, steps=1, starts=places)
    slopes = run.trace.gradient_norm[:, 0]
    assert slopes == pytest.approx([1.0, 0.01, 1.0], abs=1e-6)
    assert run.trace.loss[:, 0] == pytest.approx([1.0, -0.01, -1.02], abs=0.01)


def test_plain_descent_moves_rare_weights_as_far_as_common_ones():
    ratios = force(GradientDescent(0.1), 4, steps=60, seeds=5)
    assert np.nanmax(np.abs(ratios - 1)) < 1e-9
    assert np.isfinite(ratios).mean() == pytest.approx(1 / 4, abs=0.1)
    assert typical(ratios).value == pytest.approx(1.0)
    assert over_time(ratios, 20) == pytest.approx(np.ones(3))


def test_adagrad_moves_rare_weights_farther_by_the_root_of_their_rarity():
    # the accumulated squares of ±1 are counts
    ratios = force(Adagrad(1.0), 4, steps=300, seeds=20)
    assert typical(ratios[150:]).value == pytest.approx(2, rel=0.03)


def test_bars_carry_their_intervals():
    data = bars("title", {"a": Estimate(0.5, 0.4, 0.7), "b": 1.0}, "share").data
    assert data.value.values.tolist() == [0.5, 1.0]
    assert data.low.values.tolist() == [0.4, 1.0]
    assert data.high.values.tolist() == [0.7, 1.0]


def test_the_digits_of_the_ends_of_a_race():
    """All of a contraction, none where nearby paths part, and nothing of a run that diverged."""
    rules = ["gradient_descent(lr=0.01)", "adagrad(lr=1, eps=1e-6)", "gradient_descent(lr=1e308)"]
    found = digits_of(race("ripple", rules))
    assert set(found) == set(rules[:2])
    assert found[rules[0]] > 14 > 1 > found[rules[1]]

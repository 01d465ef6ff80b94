"""Studies of today's rules show what theory says of them."""

import numpy as np
import pytest

from slalom.articles.today import (
    averaged_walk,
    clipped_steps,
    found_scale,
    lion_rates,
    singular_values,
)


def test_iterations_keep_to_the_designed_band():
    data = singular_values.iterations(counts=(5, 12)).data.sel(before=slice(0.01, None))
    original, quintic = data.original.sel(iterations=5), data.quintic
    assert 0.65 < float(original.min()) < 0.75  # the paper: about 0.7 to 1.2
    assert 1.1 < float(original.max()) < 1.2
    np.testing.assert_allclose(quintic.sel(iterations=5), 1, atol=0.05)
    np.testing.assert_allclose(quintic.sel(iterations=12), 1, atol=0.02)


def test_muon_steps_in_more_directions_and_reaches_more():
    numbers = singular_values.steps().numbers
    directions = [
        numbers[f"directions of the step in the middle, {name}"] for name in singular_values.RULES
    ]
    left = [numbers[f"share of the error left, {name}"] for name in singular_values.RULES]
    assert directions[2] > 3 * max(directions[:2])
    assert left[2] < min(left[:2])


def test_steps_of_adam_shrink_in_noise_and_those_of_lion_do_not():
    length = lion_rates.noise(shares=(0.01, 30.0)).data.length
    np.testing.assert_array_equal(length.sel(rule="lion"), 1)
    # independent gradients: the variance of an average is (1 - beta1)/(1 + beta1) of theirs
    np.testing.assert_allclose(length.sel(rule="adam"), [(0.1 / 1.9) ** 0.5, 1], rtol=0.05)


def test_lion_is_better_at_a_smaller_rate():
    loss = lion_rates.rates(rates=(3e-3, 3e-2), epochs=3, seeds=2, hidden=16).data.loss
    assert loss.sel(rule="lion").values.argmin() == 0
    assert loss.sel(rule="adam").values.argmin() == 1


def test_the_judged_point_is_the_mean_of_the_walk():
    data = averaged_walk.walk(steps=40).data
    for name in ("across", "up"):
        z, x, y = data[name].values
        means = np.cumsum(z[1:]) / np.arange(1, 41)
        np.testing.assert_allclose(x[1:], means)
        np.testing.assert_allclose(y[1:], 0.9 * x[1:] + 0.1 * z[1:])


def test_schedule_free_is_near_every_schedule():
    loss = averaged_walk.losses(horizons=(50, 400), copies=50).data.loss
    for end in (50, 400):
        free, falling = (
            float(loss.sel(run=n, step=end)) for n in ("schedule_free", f"falling to step {end}")
        )
        assert falling < free < 2 * falling
    assert float(loss.sel(run="constant rate")[-1]) > 2 * float(loss.sel(run="schedule_free")[-1])


@pytest.mark.parametrize("size", [16, 128])
def test_clipping_after_shortens_by_the_root_of_the_rows(size):
    factor = clipped_steps.sizes(sizes=(size,)).data.factor
    np.testing.assert_allclose(factor.sel(place="before"), 1, rtol=1e-6)
    # singular values of 0.68 to 1.2
    assert 0.68 * size**0.5 < float(factor.sel(place="after")[0]) < 1.2 * size**0.5


def test_clipping_before_helps_where_there_are_spikes():
    numbers = clipped_steps.spikes(updates=150, every=30).numbers
    before, no, after = (
        numbers[f"share left, spiked, {n}"]
        for n in ("clipped before", "no clipping", "clipped after")
    )
    assert before < no / 5 < after


def test_prodigy_stays_below_the_distance_and_a_smaller_start_costs_steps():
    numbers = found_scale.scales(first=(1e-8, 1e-4), steps=60).numbers
    few, many = (numbers[f"steps to half of it, prodigy, d0 = {d}"] for d in ("1e-04", "1e-08"))
    assert few < many < 3 * few
    farthest = 3 * np.abs(np.random.default_rng(0).standard_normal(50)).max()
    assert 0.1 < numbers["last estimate, prodigy, d0 = 1e-08"] < farthest

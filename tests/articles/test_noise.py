"""S14: the noise floor and schedules."""

import numpy as np
import pytest

from slalom.articles.noise import SCHEDULES, noise_floor, schedules, stationary_variance


@pytest.mark.parametrize("curvature", [0.5, 2, 4])
@pytest.mark.parametrize("lr", [0.01, 0.1, 0.4])
def test_the_stationary_variance_repeats_itself(lr, curvature):
    variance = 0.0
    for _ in range(5000):
        variance = (1 - lr * curvature) ** 2 * variance + lr**2 * 0.3**2
    assert stationary_variance(lr, curvature, 0.3) == pytest.approx(variance)


def test_the_floor_scales_with_the_rate_as_the_closed_form_has_it():
    rates = (0.05, 0.1, 0.2, 0.4)
    data = noise_floor(rates, seeds=150, steps=300).data
    measured = data.variance.values[:2]
    for curvature, row in zip((2, 4), measured, strict=True):
        closed = [lr / (curvature * (2 - lr * curvature)) for lr in rates]
        np.testing.assert_allclose(row, closed, rtol=0.1)
    assert (np.diff(measured, axis=1) > 0).all()
    np.testing.assert_allclose(data.ratio, 1, rtol=0.1)


def test_schedules_go_below_the_floor_or_stop_above_it():
    chart = schedules(seeds=100, steps=220)
    late = chart.data.loss[:, -50:].mean("step").values
    ends = dict(zip(SCHEDULES, late, strict=True))
    floor = 0.5 * (2 * 0.1 / (2 * 1.8) + 4 * 0.1 / (4 * 1.6))
    assert chart.numbers["floor of a constant rate of 0.1"] == pytest.approx(floor)
    assert ends["constant"] == pytest.approx(floor, rel=0.1)
    assert ends["exponential"] > 5 * floor
    assert ends["polynomial"] < 0.4 * floor
    assert ends["piecewise constant"] < 0.4 * floor
    assert (chart.data.low < chart.data.loss)[:, 1:].all()  # every seed has draws of its own

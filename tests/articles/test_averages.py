"""S10 and S19: averages of values, their weights and their lag."""

import numpy as np
import pytest

from slalom import signals
from slalom.articles.averages import BETAS, closing_prices, memory, share_price
from slalom.articles.forgetting import forgetting
from slalom.errors import SlalomError


def test_an_average_is_the_weighted_sum_of_all_values():
    prices = closing_prices()
    data = share_price().data
    ages = np.arange(len(prices))
    np.testing.assert_array_equal(data.average[0], prices)
    for beta, plain, fair in zip(BETAS, data.average[1:], data.corrected[1:], strict=True):
        weights = (1 - beta) * beta**ages
        summed = np.convolve(prices, weights)[: len(prices)]
        np.testing.assert_allclose(plain, summed, rtol=1e-9)
        np.testing.assert_allclose(fair, summed / np.cumsum(weights), rtol=1e-9)


def test_the_correction_makes_the_first_day_right():
    data = share_price().data
    np.testing.assert_allclose(data.corrected[:, 0], 467.59)  # the close of 3 January 2007
    np.testing.assert_allclose(data.average[1:, 0], 467.59 * (1 - np.array(BETAS)))


def test_a_year_of_prices():
    assert len(closing_prices(2007)) == 251  # days on which the exchange was open
    assert closing_prices(2007)[-1] == 691.48
    with pytest.raises(SlalomError, match="the prices are of 2005, 2006, 2007, not of 2008"):
        share_price(year=2008)


def test_the_window_holds_one_minus_one_over_e():
    chart = memory(betas=(0.9, 0.98, 0.99), length=400)
    held = [chart.numbers[f"weight of the newest 1/(1-beta) values, beta {b}"]
            for b in (0.9, 0.98, 0.99)]  # fmt: skip
    assert held[0] == pytest.approx(1 - 0.9**10)
    np.testing.assert_allclose(held, 1 - np.exp(-1), atol=0.02)
    assert np.argsort(np.abs(np.array(held) - (1 - np.exp(-1)))).tolist() == [2, 1, 0]


def test_the_lag_on_a_ramp_is_beta_over_one_minus_beta():
    chart = memory(betas=(0.5, 0.9), length=300)
    np.testing.assert_allclose(chart.data.lag[:, -1], [1, 9], rtol=1e-9)
    assert (np.diff(chart.data.lag[1]) >= -1e-9).all()


def test_the_exact_mean_forgets_at_once():
    data = forgetting("noisy_sine", window=10, length=60).data
    values = signals.find("noisy_sine").values(length=60)
    exact = [values[max(0, k - 9) : k + 1].mean() for k in range(60)]
    np.testing.assert_allclose(data["mean"][1], exact)
    assert data.weight[1].values.tolist() == [0.1] * 10 + [0.0] * 30


def test_the_weights_add_up_to_one_minus_beta_to_the_t():
    chart = forgetting("rectangles", window=4, length=40)
    t = np.arange(1, 41)
    np.testing.assert_allclose(chart.data.total[2], 1 - 0.75**t)
    np.testing.assert_allclose(chart.data.total[3], chart.data.total[2])
    assert chart.numbers["largest difference of the weights' sum from its closed form"] < 1e-14
    assert chart.numbers["weight of what is older than 4"] == pytest.approx(0.31640625)


def test_a_window_has_to_fit():
    with pytest.raises(
        SlalomError, match="window must be from 2 to 10, a quarter of the length, got 11"
    ):
        forgetting(window=11, length=40)
    with pytest.raises(SlalomError, match="window must be from 2 to 30"):
        forgetting(window=1)

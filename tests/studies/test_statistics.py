"""Estimates and their intervals, against SciPy's tests and the definition of Wilson's interval."""

import math

import numpy as np
import pytest
from scipy import stats

from slalom.errors import SlalomError
from slalom.studies.statistics import (
    Estimate,
    geometric_interval,
    mean_interval,
    paired_interval,
    share,
)


@pytest.mark.parametrize(("hits", "trials"), [(0, 5), (3, 10), (40, 50), (7, 7), (1, 1000)])
def test_share_is_wilsons(hits, trials):
    found = share([True] * hits + [False] * (trials - hits))
    assert found.value == hits / trials
    assert 0 <= found.low <= found.value <= found.high <= 1
    # the shares that the score test, of size 5 %, just does not reject; 0 and 1 beside 0 and 1
    z = stats.norm.ppf(0.975)
    for end, last in ((found.low, 0), (found.high, 1)):
        if found.value == last:
            assert end == last
        else:
            rejected = abs(found.value - end) / math.sqrt(end * (1 - end) / trials)
            assert rejected == pytest.approx(z, rel=1e-9)
    assert type(found.low) is type(found.high) is float


def test_means_are_students():
    rng = np.random.default_rng(0)
    a, b = rng.normal(2, 1, 30), rng.normal(1, 2, 30)
    for found, test in (
        (mean_interval(a), stats.ttest_1samp(a, 0)),
        (paired_interval(a, b), stats.ttest_rel(a, b)),
    ):
        assert (found.low, found.high) == pytest.approx(test.confidence_interval(0.95))
    assert mean_interval(a).value == pytest.approx(a.mean())
    assert geometric_interval(np.exp(a)).value == pytest.approx(stats.gmean(np.exp(a)))


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: share([]),
        lambda: mean_interval([1.0]),
        lambda: mean_interval([1.0, math.nan]),
    ],
)
def test_statistics_of_too_little(misuse):
    with pytest.raises(SlalomError):
        misuse()


def test_an_estimate_names_its_figures():
    assert Estimate(2.0, 1.0, 3.0).named("x") == {"x": 2.0, "x_low": 1.0, "x_high": 3.0}

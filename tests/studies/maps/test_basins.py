"""A map of basins says what single runs do, wherever one looks."""

import sys

import numpy as np
import pytest

from slalom import SlalomError, descend, landscapes
from slalom.studies.maps import basins

SIZE = 40
CASES = [
    ("hills_and_canyon", "adam(lr=0.25)"),
    ("himmelblau", "momentum(lr=0.015)"),  # of which some diverge
    ("complex_sum", "adam(lr=0.1)"),  # of which some leave the domain
    ("two_minimums", "nesterov(lr=0.05)"),
]


@pytest.mark.parametrize(("name", "rule"), CASES)
def test_agrees_with_single_runs_at_random_points(name, rule):
    ground = landscapes.find(name)
    found = basins(ground, rule, SIZE)
    data, radius = found.data.isel(rule=0), found.data.attrs["radius"]
    minima = data.minimum_position.values
    rng = np.random.default_rng(1)
    rows, columns = rng.integers(0, SIZE, (2, 30))
    across, up = ground.axes
    starts = np.column_stack([data[across].values[columns], data[up].values[rows]])
    runs = descend(rule, ground, starts=starts)
    paths = runs.data.position.transpose("start", "step", "axis").values
    for number, (row, column) in enumerate(zip(rows, columns, strict=True)):
        cell = data.isel({across: column, up: row})
        if runs.outcome.kind[number] > 1:
            assert cell.place == -2
            continue
        away = np.linalg.norm(paths[number][:, None] - minima, axis=-1)
        near = away[-1].argmin()
        if away[-1, near] > radius:
            assert cell.place == -1
            assert cell.step == ground.steps
            continue
        assert cell.place == near
        outside = np.flatnonzero(away[:, near] > radius)
        assert cell.step == (outside[-1] + 1 if outside.size else 0)
        assert float(cell.loss) == pytest.approx(float(runs.loss[number]), rel=1e-9, abs=1e-12)


def test_descent_cannot_cross_the_ridge_of_a_double_well():
    """Small steps against the slope stay on their side of the local maximum, here in closed form.

    The tilted well x⁴/4 - x² + 0.3x has its ridge where x³ - 2x + 0.3 = 0 and x is small.
    """
    ridge = sorted(np.roots([1, 0, -2, 0.3]).real)[1]
    found = basins("local_minimum", "gradient_descent(lr=0.05)", 41, steps=400)
    data = found.data.isel(rule=0)
    ends = data.minimum_position.values[:, 0][data.place.values]
    x = np.broadcast_to(data.x.values, ends.shape)
    clear = np.abs(x - ridge) > 0.05
    assert (np.sign(ends) == np.sign(x - ridge))[clear].all()


def test_blocks_of_starts_make_no_difference(monkeypatch):
    asked = ("two_minimums", "noise(0.5) | momentum(lr=0.01)", 25, 20)
    whole = basins(*asked, seed=3)
    monkeypatch.setattr(sys.modules["slalom.studies.maps.basins"], "BLOCK", 100)
    parts = basins(*asked, seed=3)
    np.testing.assert_array_equal(whole.data.place, parts.data.place)
    np.testing.assert_array_equal(whole.data.loss, parts.data.loss)


def test_shares_add_up_to_one():
    told = basins("himmelblau", "momentum(lr=[0.001, 0.02])", 30).summary()
    for lane in told["rules"]:
        shares = [m["share"] for m in lane["minima"]]
        assert sum(shares) + lane["elsewhere"] + lane["failed"] == pytest.approx(1)
    assert told["rules"][0]["global_share"] == pytest.approx(1)  # all four minima are global


def test_progress_reaches_its_end():
    seen = []
    basins("bowl", ["adam", "momentum"], 10, progress=lambda *done: seen.append(done))
    assert seen == [(100, 200), (200, 200)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("parabola_1d", "adam"), "needs 2 dimensions, and parabola_1d has 1"),
        (("quadratic(dim=5)", "adam"), "has 5"),
        (("monkey_saddle", "adam"), "no minimum"),
        (("bowl", "adam", 1), "2 or more"),
        (("bowl", "adam", 99_999), "of memory are free"),
        (("bowl", "adam", 10**9), "at most 100,000"),
        (("bowl", "adam", 10, 0), "steps"),
        (("nothing", "adam"), "unknown landscape"),
    ],
)
def test_bad_input(arguments, says):
    with pytest.raises(SlalomError, match=says):
        basins(*arguments)


def test_a_radius_is_above_zero():
    with pytest.raises(SlalomError, match="above 0"):
        basins("bowl", "adam", radius=0)

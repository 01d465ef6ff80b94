"""S8, S11 and S13: rates, momentum and traps, against closed forms."""

import numpy as np
import pytest

from slalom import landscapes
from slalom.articles import momentum, rates, traps
from slalom.articles.traps import critical_points
from slalom.studies.maps.points import kind_of


def compute(study, name):
    [figure] = [f for f in study.figures if f.name == name]
    return figure.compute()


def test_a_parabola_multiplies_x_by_one_minus_two_rates():
    x = compute(rates.STUDY, "parabola").data.position.values[..., 0]
    for rate, row in zip((0.05, 0.2, 0.9, 1.1), x, strict=True):
        np.testing.assert_allclose(row, 10 * (1 - 2 * rate) ** np.arange(11), rtol=1e-9)


def test_in_the_canyon_only_the_rate_above_the_limit_climbs():
    across = compute(rates.STUDY, "canyon").data.position.values[:, :, 1]
    for rate, row in zip((0.01, 0.2, 0.47, 0.51), across, strict=True):
        assert (abs(row[-1]) > 2) == (rate > 0.5)
        signs = np.sign(row[:-1] * row[1:])
        assert (signs < 0).all() == (rate > 0.25)
    [figure] = [f for f in rates.STUDY.figures if f.name == "canyon"]
    assert (figure.tail, figure.animated) == (10, True)


def test_a_heavy_ball_passes_the_minimum_above_the_critical_momentum():
    chart = momentum.overshoot(momenta=(0.0, 0.46, 0.48, 0.9, 0.975))
    assert chart.numbers["critical momentum"] == pytest.approx(0.4675, abs=1e-4)
    past = chart.data.past.values[:, -1]
    assert (past[:2] == 0).all()
    assert (past[2:] > 0).all()
    assert (np.diff(past[2:]) > 0).all()


def test_momentum_arrives_where_descent_still_swings():
    found = compute(momentum.STUDY, "bowl")
    plain, heavy = (found.data.sel(rule=rule) for rule in found.data.rule.values)
    across = plain.position.values[:, 1]
    assert (across[:-1] * across[1:] < 0).all()
    assert float(heavy.loss[-1]) < 1e-4 * float(plain.loss[-1])


def test_a_local_minimum_holds_all_but_much_momentum():
    found = compute(traps.STUDY, "local-minimum")
    ends = found.data.position.values[:, -1, 0]
    local, best = 1.3322207, -1.4839679
    np.testing.assert_allclose(ends[:2], local, atol=0.01)
    assert ends[2] == pytest.approx(best, abs=0.1)


def test_on_the_ridge_of_a_saddle_only_noise_moves_sideways():
    sideways = compute(traps.STUDY, "saddle").data.position.values[:, :, 1]
    assert (sideways[:2] == 0).all()
    assert abs(sideways[2, -1]) == pytest.approx(np.sqrt(2), abs=0.1)


def test_a_plateau_holds_descent_but_not_adam():
    plain, heavy, adam = compute(traps.STUDY, "plateau").data.position.values
    assert np.linalg.norm(plain[-1] - plain[0]) < 0.1
    assert np.linalg.norm(adam[-1]) < 0.1
    near = [np.argmax(np.linalg.norm(path, axis=1) < 0.5) for path in (heavy, adam)]
    assert near[0] > 2 * near[1] > 0


def test_clipping_saves_a_run_from_the_cliff():
    plain, clipped = compute(traps.STUDY, "cliff").data.position.values[:, :, 0]
    assert plain.min() < -5  # two widths of the floor beyond the minimum
    assert clipped.min() > -2
    assert np.abs(np.diff(clipped)).max() <= 0.35 + 1e-12


def test_eigenvalues_tell_critical_points_apart():
    names = ("saddle", "local_minimum", "two_minimums")
    chart = critical_points(names)
    table = chart.data
    known = [
        kind
        for name in names
        for ground in [landscapes.find(name)]
        for kind in ["minimum"] * len(ground.minima) + [p.kind for p in ground.critical]
    ]
    assert table["kind"].values.tolist() == known
    assert chart.numbers["saddle"] == known.count("saddle")
    # of x² - y² + y⁴/4 by hand: 2 and -2 at the origin, 2 and 4 at the minima
    by_hand = [(2, 4), (2, 4), (-2, 2)]
    found = np.stack([table.lower.values[:3], table.upper.values[:3]], axis=1)
    np.testing.assert_allclose(found, by_hand, atol=1e-12)


@pytest.mark.parametrize(
    ("eigenvalues", "kind"),
    [([1, 2], "minimum"), ([-2, -1], "maximum"), ([-1, 1], "saddle"), ([0, 1], "degenerate"),
     ([-1, 0], "degenerate")],
)  # fmt: skip
def test_kinds(eigenvalues, kind):
    assert kind_of(np.array(eigenvalues), 1e-9) == kind

"""S2, S3 and S12: optimizers on landscapes; who ends where."""

import numpy as np
import pytest

import slalom
from slalom.articles import comparison, difficult, nesterov_suite, notebook
from slalom.articles.nesterov_suite import RULES, from_random_starts


def figure(study, name):
    [found] = [f for f in study.figures if f.name == name]
    return found


def test_on_hills_and_canyon_only_adam_ends_in_the_global_minimum():
    found = figure(comparison.STUDY, "hills-and-canyon").compute()
    [best] = [m for m in found.landscape.minima if m.is_global]
    for standing in found.standings:
        away = np.linalg.norm(np.subtract(standing.position, best.position))
        if standing.rule.startswith("adam("):
            assert away < 0.02
        else:
            assert away > 1.5
            assert standing.loss > 6


def test_five_rules_from_one_start_on_five_landscapes():
    assert len(comparison.STUDY.figures) == 5
    for each in comparison.STUDY.figures:
        assert each.arguments["steps"] == 125
        assert each.animated
        assert slalom.landscapes.find(each.arguments["landscape"]).start == (-2.8, -2.5)
    kinds = [slalom.parse(text) for text in comparison.COMPARISON]
    assert [(rule.name, rule.lr) for rule in kinds] == [
        ("nesterov", 0.01), ("rmsprop", 0.25), ("adadelta", 100), ("adagrad", 1), ("adam", 0.25)
    ]  # fmt: skip


def test_the_larger_views_hold_the_paths():
    for study, name in ((comparison.STUDY, "wobbly"), (notebook.STUDY, "complex-sum")):
        found = figure(study, name).compute()
        lows, highs = np.transpose(found.landscape.domain)
        assert ((found.data.position >= lows) & (found.data.position <= highs)).all(), name


def test_the_suite_has_each_landscape_from_one_start_and_from_many():
    names = [f.arguments["landscape"] for f in nesterov_suite.STUDY.figures]
    assert sorted(names) == sorted([*nesterov_suite.LANDSCAPES] * 2)
    momenta = [rule.momentum for rule in slalom.parse_all(RULES)]
    assert momenta == [0.25, 0.9, 0.975]


def test_random_starts_are_the_same_for_every_rule_and_seed():
    one = from_random_starts("simple_quad", starts=8, steps=80)
    data = one.data
    np.testing.assert_array_equal(data.across_0[:, 0], data.across_2[:, 0])
    assert (np.abs(data.up_1[:, 0]) <= 3).all()
    assert len(np.unique(data.up_1[:, 0])) == 8
    again = from_random_starts("simple_quad", starts=8, steps=80)
    assert again.data.identical(data)
    other = from_random_starts("simple_quad", starts=8, steps=80, seed=1)
    assert not other.data.identical(data)
    positions = np.stack([data.across_1, data.up_1])
    np.testing.assert_allclose((positions**2).sum(0), data.loss[1], rtol=1e-12)


def test_much_momentum_swings_and_little_does_not():
    losses = from_random_starts("simple_quad", starts=8, steps=80).data["median"].values
    assert (np.diff(losses[0]) < 0).all()
    assert (np.diff(losses[2]) > 0).any()


def test_more_momentum_finds_the_canyon_from_more_starts():
    shares = list(from_random_starts("hills_and_canyon").numbers.values())
    assert shares[0] < shares[1] < shares[2]


def test_what_divides_by_the_gradient_leaves_a_saddle_first():
    data = figure(difficult.STUDY, "saddle").compute().data
    left = {
        str(rule).partition("(")[0]: int(np.argmax(data.position.sel(rule=rule)[:, 1].values > 0.5))
        for rule in data.rule.values
    }
    scaled = ("adagrad", "adam", "adamax", "nadam", "adadelta", "rmsprop")
    assert max(left[name] for name in scaled) < min(
        left[name] for name in ("gradient_descent", "momentum", "nesterov")
    )
    np.testing.assert_allclose(data.position[:, -1, 1], np.sqrt(2), atol=0.05)


@pytest.mark.parametrize("name", ["saddle", "canyon"])
def test_all_rules_go_through_a_difficult_part(name):
    rules = figure(difficult.STUDY, name).arguments["rules"]
    assert len({slalom.parse(rule).name for rule in rules}) == 9

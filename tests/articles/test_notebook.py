"""S5: the notebook's trajectories, and how far its Adam in code parts from its formula."""

import numpy as np
import pytest

import slalom
from slalom.articles.notebook import CODE, FORMULA, STUDY, adam_in_formula_and_code


@pytest.fixture(scope="module")
def chart():
    return adam_in_formula_and_code()


def test_the_settings_are_the_notebooks():
    bowl, trough, _ = STUDY.figures
    for figure, rate in ((bowl, 0.01), (trough, 0.0002)):
        rules = [r for text in figure.arguments["rules"] for r in slalom.parse_all(text)]
        assert [rule.lr for rule in rules] == [rate, rate, rate, 0.1, 0.1, 0.1, 0.1]
        assert [rule.momentum for rule in rules[1:3]] == [0.9, 0.7]
        assert all(rule.eps == 1e-6 for rule in rules[3:])
        assert all(rule.eps_inside for rule in rules[3:6])
        assert (figure.arguments["steps"], figure.fps, figure.animated) == (100, 10, True)


def test_the_ground_is_a_mesh_of_300():
    found = slalom.race("complex_sum", FORMULA, steps=1)
    assert found.surface.shape == (300, 300)


def test_the_two_adams_differ_by_both_conventions():
    formula, code = slalom.parse(FORMULA), slalom.parse(CODE)
    assert (formula.eps_inside, formula.debias) == (True, True)
    assert (code.eps_inside, code.debias) == (False, False)


def test_the_codes_first_step_is_a_third_of_the_formulas(chart):
    # (1 - beta1) g / sqrt((1 - beta2) g²) with both betas 0.9, against g / sqrt(g²)
    share = 0.1 / np.sqrt(0.1)
    first = chart.data.step_length[:, 1]
    assert float(first[1] / first[0]) == pytest.approx(share, rel=1e-4)
    apart = float(chart.data.distance[0, 1])
    assert apart == pytest.approx(np.sqrt(2) * 0.1 * (1 - share), rel=1e-4)


def test_they_part_by_several_steps_lengths_on_both_landscapes(chart):
    assert float(chart.data.distance[0, 0]) == 0
    for name in ("square_sum", "complex_sum"):
        largest = float(chart.data.distance.sel(landscape=name).max())
        assert 0.5 < largest < 1
        assert chart.numbers[f"largest distance on {name}"] == largest

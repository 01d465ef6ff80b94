"""MADGRAD, COCOB and FTRL, which set x from sums of all gradients."""

import numpy as np
import pytest

from slalom.rules import COCOB, FTRL, MADGRAD, Adagrad

from .sequences import assert_same, ordinary, path

X = np.array([1.0, -2.0, 0.5, 3.0])


def ends(rule, *gs, x=0.0):
    """The iterates of one component."""
    return path(rule, np.array(gs, dtype=float)[:, None], np.array([x]))[:, 0]


def test_madgrad_goes_half_of_the_way_to_one_point():
    """l = 1, s = 8 and v = 64, whose cube root is 4: z = 3 - 8 / 4."""
    found = ends(MADGRAD(1.0, momentum=0.5, eps=0.0), 8, 0, 0, x=3.0)
    np.testing.assert_allclose(found, [2, 1.5, 1.25], rtol=1e-14)


def test_madgrad_weighs_the_fourth_gradient_twice():
    """s = 1 + 2 · 3.5 and v = 1 + 2 · 12.25 … of the gradients 1, 0, 0, 3.5."""
    found = ends(MADGRAD(1.0, momentum=0.0, eps=0.0), 1, 0, 0, 3.5)
    np.testing.assert_allclose(found, [-1, -1, -1, -8 / 25.5 ** (1 / 3)], rtol=1e-14)


def test_the_eps_of_madgrad_is_added_to_the_rate_too():
    found = ends(MADGRAD(0.5, momentum=0.0, eps=0.5), 1)
    np.testing.assert_allclose(found, [-1 / 1.5], rtol=1e-14)


@pytest.mark.parametrize(("alpha", "first"), [(100.0, 0.01), (1.0, 0.5)])
def test_the_first_bet(alpha, first):
    np.testing.assert_allclose(ends(COCOB(alpha), -7, x=2.0), [2 + first], rtol=1e-14)


@pytest.mark.parametrize(("second", "reward", "sum_"), [(4, 2, -6), (-4, 0, 2)])
def test_a_second_bet_by_hand(second, reward, sum_):
    """L = 4 and G = 6 either way; the reward -g x is 2, or would be -2."""
    expected = sum_ / (4 * (6 + 4)) * (4 + reward)
    np.testing.assert_allclose(ends(COCOB(1.0), 2, second), [-0.5, expected], rtol=1e-14)


@pytest.mark.parametrize("unit", [1e-25, 1e15])
def test_bets_do_not_depend_on_the_unit_of_the_gradients(unit):
    """Nor does float32, where a product of two such gradients is 0 or infinite."""
    gs, start = ordinary()[:50, :3], X[:3].astype(np.float32)
    rule = COCOB(eps=1e-30)
    scaled = path(rule, (unit * gs).astype(np.float32), start)
    np.testing.assert_allclose(scaled, path(rule, gs, X[:3]), rtol=2e-5)


def test_ftrl_without_penalties_is_adagrad():
    gs = ordinary()
    assert_same(path(FTRL(0.5), gs, X), path(Adagrad(0.5, eps=0.0), gs, X), rtol=1e-11)


def test_weights_that_are_0():
    """z = 0.5, 2.5 and n = 1/4, 17/4, from x = 0; l1 = 1 and l2 = 2."""
    found = ends(FTRL(1.0, l1=1.0, l2=2.0, beta=0.5), 0.5, 2.0)
    np.testing.assert_allclose(found, [0, (1 - 2.5) / (0.5 + np.sqrt(4.25) + 2)], rtol=1e-14)
    assert found[0] == 0


@pytest.mark.parametrize(("below", "size"), [("root", 3.0), ("power", 27.0)])
def test_the_power_is_that_of_the_rates(below, size):
    """n = 4 at first and 9 then: s = 27 - 8, z = sqrt(5) - 19 x."""
    rule = FTRL(1.0, power=1.5, initial_accumulator_value=4.0, below=below)
    found = ends(rule, np.sqrt(5), x=2.0)
    np.testing.assert_allclose(found, [(38 - np.sqrt(5)) / size], rtol=1e-14)


@pytest.mark.parametrize(("keeps_start", "end"), [(True, 2.0), (False, 0.0)])
def test_a_component_without_a_gradient(keeps_start, end):
    gs = np.array([[0.0, 1.0], [0.0, 1.0]])
    found = path(FTRL(0.5, keeps_start=keeps_start), gs, np.array([2.0, 2.0]))
    assert np.all(found[:, 0] == end)
    assert np.all(found[:, 1] < 2)

"""Rules by component: steps worked out by hand, and laws of their papers."""

import math

import numpy as np
import pytest

from slalom.rules import (
    ADOPT,
    ASGD,
    AdaBelief,
    Adan,
    AdEMAMix,
    Grams,
    Momentum,
    RAdam,
    Rprop,
    Signum,
    Yogi,
    parse,
)

from .sequences import SEQUENCES, assert_same, deltas, path

ORDINARY = SEQUENCES["ordinary"]


def steps(rule, *gs):
    return deltas(rule, np.array(gs, dtype=float)[:, None])[:, 0]


def check(rule, gs, expected):
    np.testing.assert_allclose(steps(rule, *gs), expected, rtol=1e-13, atol=1e-300)


def test_radam_is_momentum_where_the_average_of_squares_stays_short():
    """With beta2 = 0.6 it holds four squares at most."""
    averaged = parse("momentum(lr=0.1, ema=true, debias=true)")
    assert_same(path(RAdam(0.1, beta2=0.6), ORDINARY), path(averaged, ORDINARY))


@pytest.mark.parametrize(("fallback", "first"), [("momentum", -6), ("gradient", -6), ("skip", 0)])
def test_radam_on_a_constant_gradient(fallback, first):
    """Five steps before it divides, and then, as r grows to 1, up to steps of length lr."""
    found = steps(RAdam(2.0, beta2=0.99, eps=0.0, fallback=fallback), *[3.0] * 600)
    np.testing.assert_allclose(found[:5], first, rtol=1e-12)
    assert np.all(np.diff(found[5:500]) < 0)
    assert found[5] > -0.17  # about sqrt(2 · 4 / 6 / 200) lr, rho being 6
    assert found[-1] == pytest.approx(-2, rel=0.02)


def test_radam_without_steps_does_not_pull_either():
    rule = parse("weight_decay(0.5, decoupled=true) | radam(lr=0.1, fallback=skip)")
    found = deltas(rule, np.ones((6, 1)), x=np.array([4.0]))
    assert not np.any(found[:5])
    assert found[5] < 0


def test_rprop_grows_turns_and_waits():
    """Sizes 1, 2, then 1 at the turn, which waits; the next sign is the first of its kind."""
    rule = Rprop(1.0, shrink=0.5, grow=2.0)
    check(rule, (3, 5, -1, -2, 4, 4), [-1, -2, 0, 1, 0, -0.5])
    check(rule.replace(lags=True), (3, 5, 5, -1, -2, -2), [0, -1, -2, 0, 0, 2])
    check(rule.replace(smallest=1.5, largest=1.75), (3, 5, -1, 1), [-1.5, -1.75, 0, -1.5])


@pytest.mark.parametrize("scale", [1e-200, 1e-300, 1e200])
def test_rprop_is_blind_to_sizes(scale):
    """Also where the product of two gradients is no number of the dtype."""
    gs = ORDINARY[:50, :3]
    assert np.array_equal(path(Rprop(), gs * scale), path(Rprop(), gs))


def test_asgd_gives_the_mean_of_its_last_iterates():
    gs, rule = ORDINARY[:30], ASGD(0.1, decay=0.01, after=10)
    x, state, places = np.zeros(4), rule.begin(np.zeros(4)), []
    for t, g in enumerate(gs, start=1):
        delta, state = rule.step(x, g, state, t)
        x = x + delta
        places.append(x)
        tail = np.mean(places[11:], axis=0) if t > 12 else x
        np.testing.assert_allclose(rule.judged(x, state), tail, rtol=1e-12)


def test_the_rate_of_asgd_falls():
    """lr / (1 + decay lr t)^power with t the steps before: decay lr = 3."""
    check(ASGD(1.5, decay=2.0, power=0.5, after=9), (1, 1, 1), -1.5 / np.sqrt([1, 4, 7]))


def test_adan_by_hand():
    """d = 2: means 7/3 and 4/3, and the mean square of 1 and 3 + 2/2 is 11."""
    rule = Adan(1.0, 0.5, 0.5, 0.5, eps=0.0)
    check(rule, (1, 3), [-1, -(7 / 3 + 2 / 3) / math.sqrt(11)])
    shorter = rule.replace(beta2=0.75, factor="complement", eps_root=5.0)
    # d = 2, its mean 2/4 · 16/7; squares 1 and 3 + 2/4
    square = (0.25 * 1 + 0.5 * 3.5**2) / 0.75
    second = -(7 / 3 + 0.25 * 8 / 7) / math.sqrt(square + 5)
    check(shorter, (1, 3), [-1 / math.sqrt(6), second])


@pytest.mark.parametrize(("proximal", "factor"), [(True, 1 / 1.2), (False, 0.8)])
def test_adan_without_gradients_pulls(proximal, factor):
    rule = Adan(0.5, weight_decay=0.4, proximal=proximal)
    assert path(rule, np.zeros((3, 1)), x=np.array([1.0]))[-1] == pytest.approx(factor**3)


def test_adabelief_by_hand():
    """m = 2, (4 - 2)² / 4 = 1, and with eps_root 8 the corrected v is 36; m and m̂ are as Adam's."""
    rule = AdaBelief(1.0, 0.5, 0.75, eps=0.0, eps_root=8.0)
    # v = 3/4 · 9 + 1/4 · (4 - 3)² + 8, corrected by 1 - 9/16
    check(rule, (4, 4), [-4 / 6, -4 / math.sqrt((27 / 4 + 1 / 4 + 8) * 16 / 7)])
    alike = (rule.replace(eps=0.1, eps_root=told) for told in (None, 0.1))
    assert np.array_equal(*(steps(one, 4, 4) for one in alike))


def test_yogi_moves_its_square_by_a_share_of_the_new_one():
    """v = 3 + 4/4, then 4 - 1/4; corrected by 1/4 and 7/16."""
    rule = Yogi(1.0, beta1=0.0, beta2=0.75, eps=0.0, initial_accumulator_value=3.0)
    check(rule, (2, 1), [-2 / 4, -1 / math.sqrt(60 / 7)])
    begun = rule.replace(beta1=0.5, initial_mean=4.0)
    check(begun, (2,), [-(2 + 1) / 0.5 / 4])


def test_ademamix_without_its_slow_mean_is_adam():
    adam = path(parse("adam(lr=0.1)"), ORDINARY)
    assert_same(path(AdEMAMix(0.1, alpha=0.0), ORDINARY), adam)


def test_the_half_life_of_ademamix_grows_evenly():
    """From 1 step to 3: half way it is 2, and alpha half of its value."""
    rule = AdEMAMix(1.0, beta1=0.5, beta3=0.5 ** (1 / 3), alpha=6.0, eps=0.0, warmup=2)
    slow = 1 - math.sqrt(0.5)
    then = 0.5 ** (1 / 3) * (slow - 1) + 1
    check(rule, (1, 1), [-1 - 3 * slow, -1 - 6 * then])
    assert np.isfinite(steps(rule.replace(beta1=0.0, beta3=0.0), 1, 1, 1)).all()


def test_adopt_only_looks_at_first():
    """After that a constant gradient, divided by its own size, is 1."""
    check(ADOPT(0.5, beta1=0.75), (8, 8, 8, 8), -0.5 * (1 - 0.75 ** np.arange(4)))


@pytest.mark.parametrize(
    ("told", "bounds"),
    [({}, (1, 2**0.25)), ({"counts_first": True}, (2**0.25, 3**0.25)), ({"clip": False}, (9, 1))],
)
def test_the_bound_of_adopt(told, bounds):
    """1 at step 2; nine times the gradient before is above it, and then all are the same."""
    found = steps(ADOPT(1.0, beta1=0.0, beta2=0.0, **told), 1, 9, 9 * 9)
    expected = bounds if told.get("clip", True) else (9, 9)
    np.testing.assert_allclose(found, [0, *np.negative(expected)], rtol=1e-14)


def test_signum_without_momentum_is_the_sign():
    assert np.array_equal(steps(Signum(0.5, momentum=0.0), 3, -1e-300, 0), [-0.5, 0.5, 0])
    # m = 2, then 2/2 - 3/2
    check(Signum(1.0, momentum=0.5), (4, -1, -3), [-1, -1, 1])


def test_grams_has_the_size_of_one_and_the_sign_of_the_other():
    """Momentum's steps are -4, -1 and -2.5 in the direction of the first gradient."""
    check(Grams() | Momentum(1.0, 0.5), (4, -1, 2, 0), [-4, 1, -2.5, 0])


@pytest.mark.parametrize(
    ("name", "composed"),
    [
        ("tiger", "weight_decay(0.01, decoupled=true) | signum(lr=0.001, momentum=0.965)"),
        (
            "nadamw(lr=0.1)",
            "weight_decay(0.01, decoupled=true) | nadam(lr=0.1, momentum_decay=inf)",
        ),
    ],
)
def test_names_of_compositions(name, composed):
    assert parse(name) == parse(composed)

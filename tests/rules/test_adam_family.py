"""Adam, Adamax, the rules of order p and NAdam against each other and the papers."""

import numpy as np
import pytest

from slalom.rules import Adam, Adamax, AdamLp, NAdam

from .sequences import SEQUENCES, assert_same, deltas, path

RANDOM = np.random.default_rng(0).normal(size=(80, 3)) * [1.0, 100.0, 1e-3]
G = np.array([[3.0, -1e-9, 2e5]])


@pytest.mark.parametrize(
    "rule",
    [
        Adam(lr=0.3, eps=0.0),
        Adam(lr=0.3, eps=0.0, eps_hat=True),
        Adam(lr=0.3, eps=0.0, amsgrad=True),
        Adam(lr=0.3, eps=0.0, amsgrad="corrected"),
        Adam(lr=0.3, eps=0.0, beta1=0.0, beta2=0.0),
        Adamax(lr=0.3, eps=0.0),
        AdamLp(lr=0.3, eps=0.0, p=3),
        AdamLp(lr=0.3, eps=0.0, p=0.5),
    ],
    ids=str,
)
def test_the_first_step_is_the_rate_against_the_sign(rule):
    np.testing.assert_allclose(deltas(rule, G), -0.3 * np.sign(G), rtol=1e-12)


@pytest.mark.parametrize("amsgrad", [False, True, "corrected"])
def test_at_constant_gradients_the_bias_never_shows(amsgrad):
    gs = np.repeat(G, 500, axis=0)
    # before the correction v itself grows, so the maximum is the last
    found = deltas(Adam(lr=0.3, eps=0.0, amsgrad=amsgrad), gs)
    np.testing.assert_allclose(found, -0.3 * np.sign(gs), rtol=1e-11)


def test_without_correction_the_first_step_is_too_long():
    """(1 - beta1) g / sqrt((1 - beta2) g²) = 0.1 / sqrt(0.001)."""
    found = deltas(Adam(lr=0.3, eps=0.0, debias=False), G)
    np.testing.assert_allclose(found, -0.3 * np.sign(G) * np.sqrt(10), rtol=1e-12)


def test_where_eps_goes_in_adam():
    g, still = np.full((1, 1), 3.0), {"beta1": 0.0, "beta2": 0.75}
    assert deltas(Adam(1.0, **still, eps=2.0), g)[0, 0] == pytest.approx(-3 / 5, rel=1e-14)
    # inside: sqrt(9 + 16) = 5
    inside = deltas(Adam(1.0, **still, eps=16.0, eps_inside=True), g)[0, 0]
    assert inside == pytest.approx(-3 / 5, rel=1e-14)
    # added to sqrt(v) = 3/2 before the correction by sqrt(1/4): 3/2 / (3/2 + 1)
    hat = deltas(Adam(1.0, **still, eps=1.0, eps_hat=True), g)[0, 0]
    assert hat == pytest.approx(-3 / 5, rel=1e-14)


def test_eps_hat_is_the_other_eps_times_the_root_of_the_correction():
    """The paper's efficient form: eps_hat = eps sqrt(1 - beta2^t), here step by step."""
    from slalom.rules import Piecewise

    eps = [1e-2 * np.sqrt(1 - 0.9**t) for t in range(1, 81)]
    changing = Piecewise(tuple(eps), tuple(range(1, 80)))
    efficient = Adam(lr=0.1, beta2=0.9, eps=changing, eps_hat=True)
    assert_same(path(efficient, RANDOM), path(Adam(lr=0.1, beta2=0.9, eps=1e-2), RANDOM))


@pytest.mark.parametrize("amsgrad", [True, "corrected"])
@pytest.mark.parametrize("debias", [True, False])
def test_amsgrad_keeps_the_rate_after_a_spike(amsgrad, debias):
    """After a gradient of 1000 the steps at constant gradients of 1 stay short for ever."""
    gs = np.ones((400, 1))
    gs[0] = 1000.0
    rule = Adam(lr=1.0, beta1=0.0, beta2=0.5, eps=0.0, amsgrad=amsgrad, debias=debias)
    kept = np.abs(deltas(rule, gs)[1:, 0])
    # v = 1000² / 2; divided by 1 - 1/2 where the maximum is corrected, or the correction is over
    largest = 1000.0 if amsgrad == "corrected" and debias else 1000 / np.sqrt(2)
    assert kept[-1] == pytest.approx(1 / largest, rel=1e-12)
    assert np.abs(deltas(rule.replace(amsgrad=False), gs)[-1, 0]) == pytest.approx(1, rel=1e-12)


def test_order_two_is_adam_with_the_square_of_beta2():
    lp = path(AdamLp(lr=0.1, beta2=0.95, p=2, eps=1e-3), RANDOM)
    assert_same(lp, path(Adam(lr=0.1, beta2=0.95**2, eps=1e-3), RANDOM))


def test_a_growing_order_tends_to_adamax():
    """The p-norm of n numbers is off by a factor of n^(1/p) at most."""
    limit = deltas(Adamax(lr=0.1, beta2=0.9, eps=0.0), RANDOM)
    errors = []
    for p in (4, 8, 16, 32, 64):
        found = deltas(AdamLp(lr=0.1, beta2=0.9, p=p, eps=0.0), RANDOM)
        errors.append(np.max(np.abs(found / limit - 1)))
        assert errors[-1] < len(RANDOM) ** (1 / p) - 1
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0] / 16


@pytest.mark.parametrize(("size", "p"), [(0.1, 60), (50.0, 30)])
def test_a_large_order_leaves_float32_where_the_limit_does_not(size, p):
    gs = np.full((20, 1), size, np.float32)
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        lost = deltas(AdamLp(lr=0.1, p=p, eps=0.0), gs, np.zeros(1, np.float32))
    limit = deltas(Adamax(lr=0.1, eps=0.0), gs, np.zeros(1, np.float32))
    assert not np.any(np.isfinite(lost) & (lost != 0))
    np.testing.assert_allclose(limit, np.full((20, 1), -0.1), rtol=1e-5)
    double = deltas(AdamLp(lr=0.1, p=p, eps=0.0), gs.astype(np.float64))
    np.testing.assert_allclose(double, np.full((20, 1), -0.1), rtol=1e-6)


def test_adamax_forgets_a_spike_by_its_factor():
    """At gradients 1, u = 1000 · 0.9^k until it is below 1."""
    gs = np.ones((100, 1))
    gs[0] = 1000.0
    found = -deltas(Adamax(lr=1.0, beta1=0.0, beta2=0.9, eps=0.0), gs)[:, 0]
    expected = 1 / np.maximum(1000 * 0.9 ** np.arange(100), 1)
    np.testing.assert_allclose(found[1:], expected[1:], rtol=1e-12)


def test_where_eps_goes_in_adamax():
    """In the maximum it decays with u; outside it never does."""
    g = np.full((1, 1), 3.0)
    for inside in (True, False):
        rule = Adamax(1.0, eps=2.0, eps_inside=inside)
        assert deltas(rule, g)[0, 0] == pytest.approx(-3 / 5, rel=1e-14)
    gs = np.array([[3.0], [0.0], [1.0]])
    inside, outside = (
        deltas(Adamax(1.0, 0.0, 0.5, eps=2.0, eps_inside=b), gs)[2, 0] for b in (True, False)
    )
    assert inside == pytest.approx(-1 / 3, rel=1e-14)  # max(5/4, 1 + 2)
    assert outside == pytest.approx(-1 / 3, rel=1e-14)  # max(3/4, 1) + 2
    late = deltas(Adamax(1.0, 0.0, 0.5, eps=2.0, eps_inside=False), np.array([[9.0], [0.1]]))[1, 0]
    assert late == pytest.approx(-0.1 / 6.5, rel=1e-14)  # max(9/2, 0.1) + 2
    late = deltas(Adamax(1.0, 0.0, 0.5, eps=2.0), np.array([[9.0], [0.1]]))[1, 0]
    assert late == pytest.approx(-0.1 / 5.5, rel=1e-14)  # max(11/2, 2.1)


def test_nadam_looks_ahead_of_adam():
    """Dozat: with a constant momentum, beta1 m̂' + (1 - beta1) ĝ where Adam has m̂."""
    found = deltas(NAdam(1.0, 0.5, 0.0, eps=0.0, momentum_decay=float("inf")), np.ones((2, 1)))
    # t = 1, m = 1/2: 1/2 · 1/2 / (1 - 1/4) + 1/2 / (1 - 1/2) = 4/3
    # t = 2, m = 3/4: 1/2 · 3/4 / (1 - 1/8) + 1/2 / (1 - 1/4) = 3/7 + 2/3
    np.testing.assert_allclose(found[:, 0], [-4 / 3, -3 / 7 - 2 / 3], rtol=1e-14)


def test_without_momentum_nadam_is_adam_without_momentum():
    for decay in (0.004, float("inf")):
        nadam = path(NAdam(lr=0.1, beta1=0.0, momentum_decay=decay), SEQUENCES["ordinary"])
        assert_same(nadam, path(Adam(lr=0.1, beta1=0.0), SEQUENCES["ordinary"]))

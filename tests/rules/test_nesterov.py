"""Nesterov's two forms, and the smoothed one, against each other and by change of variable."""

import numpy as np
import pytest

from slalom.descent import descend
from slalom.errors import SlalomError
from slalom.rules import Exponential, Momentum, Nesterov, SmoothedNesterov

START = np.array([-1.5, 0.8])


def valley(x):
    """Curved, so that the point of the gradient matters at every step."""
    return (x[0] ** 4 + 5 * x[1] ** 2 + x[0] * x[1]) / 4


def run(rule, function=valley, steps=60):
    trace = descend(rule, function, START, steps, states=True).trace
    return trace.position, trace.states.v


@pytest.mark.parametrize("lr_inside", [True, False])
def test_the_shifted_form_stands_where_the_other_looks(lr_inside):
    """y = x - momentum v turns one path into the other at a constant rate."""
    x, v = run(Nesterov(lr=0.05, momentum=0.8, lr_inside=lr_inside))
    y, shifted_v = run(Nesterov(lr=0.05, momentum=0.8, lr_inside=lr_inside, shifted=True))
    step = v if lr_inside else 0.05 * v
    np.testing.assert_allclose(x - 0.8 * step, y, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(v, shifted_v, rtol=1e-11, atol=1e-13)


def test_where_the_rate_is_kept_matters_only_if_it_changes():
    inside, outside = (run(Nesterov(lr=0.05, lr_inside=b))[0] for b in (True, False))
    np.testing.assert_allclose(inside, outside, rtol=1e-11, atol=1e-13)


def test_a_changing_rate_parts_all_forms():
    rate = Exponential(0.1, rate=0.1)
    forms = [
        run(Nesterov(lr=rate, momentum=0.8, shifted=shifted, lr_inside=inside))
        for shifted in (False, True)
        for inside in (False, True)
    ]
    looks = [
        forms[0][0] - 0.8 * 0.1 * np.exp(-0.1 * np.arange(61))[:, None] * forms[0][1],
        forms[1][0] - 0.8 * forms[1][1],
        forms[2][0],
        forms[3][0],
    ]
    for i, one in enumerate(looks):
        for j, other in enumerate(looks[:i]):
            if (j, i) != (1, 3):
                assert np.max(np.abs(one - other)) > 1e-3
    # with the rate inside, only a changing momentum parts the two
    np.testing.assert_allclose(looks[1], looks[3], rtol=1e-11, atol=1e-13)


def test_a_changing_momentum_parts_the_shifted_form():
    changing = Exponential(0.9, rate=0.05)
    x, v = run(Nesterov(lr=0.05, momentum=changing))
    y, _ = run(Nesterov(lr=0.05, momentum=changing, shifted=True))
    ahead = x - 0.9 * np.exp(-0.05 * np.arange(61))[:, None] * v
    assert np.max(np.abs(ahead - y)) > 1e-3


def test_on_a_quadratic_it_is_a_recurrence_of_two_look_ahead_points():
    """y' = (1 - lr λ)(y + momentum (y - y_before)), Nesterov's own scheme."""
    lam, lr, momentum = 2.0, 0.1, 0.7
    found, _ = run(Nesterov(lr, momentum), lambda x: lam * (x * x).sum() / 2)
    step = (1 - lr * lam) * np.array([1 + momentum, -momentum])
    matrix = np.array([step, [1.0, 0.0]])
    for t in range(61):
        expected = np.linalg.matrix_power(matrix, t) @ [1.0, 1.0]
        np.testing.assert_allclose(found[t], START * expected[0], rtol=1e-10, atol=1e-13)


def test_one_point_ahead_is_nesterov_and_one_at_the_iterate_the_heavy_ball():
    for point, rule in ((1.0, Nesterov(0.05)), (0.0, Momentum(0.05))):
        found = run(SmoothedNesterov(0.05, points=(point,)))[0]
        np.testing.assert_allclose(found, run(rule)[0], rtol=1e-12, atol=1e-14)
    assert np.max(np.abs(run(Nesterov(0.05))[0] - run(Momentum(0.05))[0])) > 0.1


@pytest.mark.parametrize("weights", [None, (1.0, 2.0, 4.0), (0.0, 5.0, 0.5)])
def test_where_the_gradient_is_linear_many_points_are_one_at_their_mean(weights):
    points = (0.5, 0.75, -0.4)
    mean = np.average(points, weights=weights)

    def bowl(x):
        return (3 * x[0] ** 2 + x[1] ** 2 + x[0] * x[1]) / 2

    many = run(SmoothedNesterov(0.05, points=points, weights=weights), bowl)[0]
    one = run(SmoothedNesterov(0.05, points=(mean,)), bowl)[0]
    np.testing.assert_allclose(many, one, rtol=1e-11, atol=1e-13)
    elsewhere = run(SmoothedNesterov(0.05, points=points, weights=weights))[0]
    assert np.max(np.abs(elsewhere - run(SmoothedNesterov(0.05, points=(mean,)))[0])) > 1e-6


def test_only_the_ratios_of_the_weights_matter():
    runs = [
        run(SmoothedNesterov(0.05, weights=w))[0]
        for w in ((1, 2, 4), (0.5, 1, 2), (100, 200, 400), (4, 2, 1))
    ]
    np.testing.assert_allclose(runs[1], runs[0], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(runs[2], runs[0], rtol=1e-12, atol=1e-14)
    assert np.max(np.abs(runs[3] - runs[0])) > 1e-4
    equal = run(SmoothedNesterov(0.05, weights=(7, 7, 7)))[0]
    np.testing.assert_allclose(equal, run(SmoothedNesterov(0.05))[0], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("points", "weights"), [((), None), ((1.0,), (1.0, 2.0)), ((1.0, 2.0), ()), ((1.0,), (0,))]
)
def test_points_without_a_weight_are_refused(points, weights):
    with pytest.raises(SlalomError, match=r"smoothed_nesterov: .*weight"):
        SmoothedNesterov(points=points, weights=weights)

"""QHM, AggMo and optimistic gradient descent, where they are rules that are known already."""

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.rules import QHM, AggMo, GradientDescent, Momentum, Nesterov, Optimistic, parse

from .sequences import assert_same, deltas, ordinary

GRADIENTS = ordinary()[:50]


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        (QHM(0.5, nu=0.0), GradientDescent(0.5)),
        (QHM(0.5, momentum=0.8, nu=1.0), Momentum(0.5, momentum=0.8, ema=True)),
        (QHM(0.5, momentum=0.75, nu=0.75), Nesterov(0.125, 0.75, shifted=True, lr_inside=False)),
        (AggMo(0.5, (0.0,)), GradientDescent(0.5)),
        (AggMo(0.5, (0.8,)), Momentum(0.5, 0.8)),
        (AggMo(0.5, (0.8, 0.8)), Momentum(0.5, 0.8)),
        (Optimistic(0.5, alpha=1.0, beta=0.0), GradientDescent(0.5)),
    ],
    ids=str,
)
def test_special_cases(rule, known):
    assert_same(deltas(rule, GRADIENTS), deltas(known, GRADIENTS))


def test_velocities_of_a_constant_gradient_are_geometric_sums():
    """1, 1 + 1/2 + … and 1 + 3/4 + …: the mean of 1, 2 - 2^(1 - t) and 4 - 4 (3/4)^t."""
    found = deltas(AggMo(1.0, (0, 0.5, 0.75)), np.ones((6, 1)))[:, 0]
    t = np.arange(1, 7)
    np.testing.assert_allclose(found, -(7 - 2.0 ** (1 - t) - 4 * 0.75**t) / 3, rtol=1e-14)


def test_one_momentum_at_least():
    with pytest.raises(SlalomError, match=r"^aggmo: at least one momentum, as in"):
        AggMo(momenta=())


def test_optimism_ends_in_a_saddle_that_gradient_descent_circles():
    """x y, which x lowers and y raises: the gradient is (y, -x), at right angles to (x, y)."""

    def distance(text):
        rule, x = parse(text), np.array([1.0, 0.5])
        state = rule.begin(x)
        for t in range(1, 301):
            delta, state = rule.step(x, np.array([x[1], -x[0]]), state, t)
            x = x + delta
        return np.linalg.norm(x)

    assert distance("gradient_descent(lr=0.3)") > 1e5
    assert distance("optimistic(lr=0.3)") < 1e-5


def test_the_first_step_has_no_change_to_add():
    found = deltas(Optimistic(0.5, alpha=2.0, beta=3.0), np.array([[1.0], [4.0]]))[:, 0]
    np.testing.assert_allclose(found, [-1, -0.5 * (2 * 4 + 3 * (4 - 1))], rtol=1e-15)

"""Averaging: what is judged is the exponential average of the iterates, whatever moves them."""

import numpy as np
import pytest

from slalom.descent import descend

X = np.array([2.0, -3.0])

AVERAGED = [
    "average(0.9) | momentum(lr=0.1)",
    "average(0.9) | weight_decay(0.5, decoupled=true) | momentum(lr=0.1)",
    "weight_decay(0.5, decoupled=true) | average(0.9) | momentum(lr=0.1)",
    "clip_norm(0.5) | average(0.9) | momentum(lr=0.1)",
]


@pytest.mark.parametrize("text", AVERAGED)
def test_the_judged_point_is_the_average_of_the_iterates(text):
    """A geometric sum of the path that the rule takes without the average."""

    def bowl(x):
        return (x * x).sum()

    x = descend(text.replace("average(0.9) | ", ""), bowl, X, 40).trace.position
    judged = descend(text, bowl, X, 40).trace.position
    for t in range(41):
        weights = 0.1 * 0.9 ** np.arange(t - 1, -1, -1)
        expected = 0.9**t * X + weights @ x[1 : t + 1]
        np.testing.assert_allclose(judged[t], expected, rtol=1e-11, atol=1e-13)


def test_a_changing_decay_of_the_average():
    """decay_t = 1 - 1/t makes the plain mean of the iterates."""
    decay = "piecewise((0, 1/2, 2/3, 3/4), (1, 2, 3))"
    text = f"average({decay}) | gradient_descent(lr=0.1)"
    x = descend("gradient_descent(lr=0.1)", lambda x: (x * x).sum(), X, 4).trace.position
    judged = descend(text, lambda x: (x * x).sum(), X, 4).trace.position
    for t in range(1, 5):
        np.testing.assert_allclose(judged[t], x[1 : t + 1].mean(axis=0), rtol=1e-12)

"""The rule inside a wrapper: its step for other gradients and points, its rate, its gradients."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from slalom.rules import (
    Adam,
    ClipNorm,
    ClipValue,
    Exponential,
    GradientDescent,
    Momentum,
    Nesterov,
    Noise,
    Rule,
    SmoothedNesterov,
    WeightDecay,
    Wrapper,
    stepping,
)
from slalom.rules.leaves import Leaves
from slalom.rules.momentum import MomentumState
from slalom.rules.partition import Partition

X = np.array([8.0, -8.0])
G = np.array([2.0, 4.0])


def around(update, **content):
    """A wrapper whose update is a given function."""
    own = type("Own", (Wrapper,), {"update": update, "__annotations__": {}, **content})
    return dataclass(frozen=True)(own)()


def test_a_step_is_that_of_the_rule_inside():
    rule = around(lambda self, state, step: (2 * step(), state)) | Momentum(0.5, momentum=0.5)
    delta, state = rule.step(X, G, rule.begin(X))
    assert delta.tolist() == [-2.0, -4.0]
    delta, state = rule.step(X, G, state, 2)
    assert state.v.tolist() == [1.5, 3.0]  # not doubled
    assert delta.tolist() == [-3.0, -6.0]


def test_a_step_for_another_gradient_leads_to_another_state():
    rule = around(lambda self, g, state, step: (step(10 * g), state)) | Momentum(0.5, momentum=0.5)
    delta, state = rule.step(X, G, rule.begin(X))
    assert delta.tolist() == [-10.0, -20.0]
    assert state.v.tolist() == [10.0, 20.0]


def test_the_last_of_several_steps_is_the_one_that_is_remembered():
    """All of them are taken from the state before."""

    def update(self, g, state, step):
        first, again, last = step(10 * g), step(10 * g), step(g)
        return first + again + last, state

    rule = around(update) | Momentum(0.5, momentum=0.5)
    delta, state = rule.step(X, G, MomentumState(G))
    # v = 1/2 g + 1/2 · 10 g twice, and 1/2 g + 1/2 g
    assert delta.tolist() == (-(5.5 + 5.5 + 1) * G).tolist()
    assert state.v.tolist() == G.tolist()


def test_a_step_that_is_not_taken_leaves_the_state():
    rule = around(lambda self, x, state: (-x, state)) | Momentum(0.5)
    assert rule.step(X, None, MomentumState(G))[1].v is G


def test_a_step_at_another_point():
    """Where the rule inside looks at the weights, here its decay: pulled from -x, by a tenth."""
    inside = WeightDecay(0.1, decoupled=True, scaled=False) | GradientDescent(1.0)
    rule = around(lambda self, g, x, state, step: (step(g, -x), state)) | inside
    np.testing.assert_allclose(rule.step(X, G, ())[0], -G + 0.1 * X, rtol=1e-15)


def test_a_gradient_elsewhere_makes_a_sharpness_aware_step():
    """One step of SAM on ½ |x|²: the gradient of x + rho g / |g| is that point itself."""

    def update(self, g, grad, state, x, step):
        return step(grad(x + 0.5 * g / 5)), state

    rule = around(update) | GradientDescent(0.1)
    x = np.array([3.0, 4.0])
    delta, _ = rule.step(x, x, (), grad=lambda point: point)
    np.testing.assert_allclose(delta, -0.1 * (x + np.array([0.3, 0.4])), rtol=1e-15)


class Rated(NamedTuple):
    d: object


@dataclass(frozen=True)
class Doubling(Rule, name="doubling"):
    """A rate that is kept in the state and doubles."""

    def init(self, x):
        return Rated(0 * x + 0.5)

    def rate(self, state):
        return state.d

    def update(self, g, state):
        return -state.d * g, Rated(2 * state.d)


def told(self, state, step):
    return step.rate * Leaves([np.ones(2)] * 2), state


@pytest.mark.parametrize(
    ("inside", "t", "expected"),
    [
        (GradientDescent(0.25), 1, [0.25, 0.25]),
        (ClipNorm(1.0) | Adam(0.25), 1, [0.25, 0.25]),
        (Adam(Exponential(1.0, rate=np.log(2))), 3, [0.125, 0.125]),
        (Partition(matrices=Adam(0.5), rest=GradientDescent(0.25)), 1, [0.5, 0.25]),
        (Doubling(), 1, [0.5, 0.5]),
        (GradientDescent(lr=0.1).rebuilt(lr=Leaves([0.5, 2.0])), 1, [0.5, 2.0]),
    ],
    ids=repr,
)
def test_the_rate_of_the_rule_inside(inside, t, expected):
    rule = around(told) | inside
    xs = [np.ones((2, 2)), np.ones(2)]
    deltas, _ = rule.step(xs, xs, rule.begin(xs), t)
    assert [float(d.flat[0]) for d in deltas] == pytest.approx(expected, rel=1e-15)


def test_the_rate_is_that_of_the_state_before_the_step():
    rule = WeightDecay(1.0, decoupled=True) | Doubling()
    state = rule.begin(X)
    for d in (0.5, 1.0, 2.0):
        delta, state = rule.step(X, G, state)
        assert delta.tolist() == (-d * G - d * X).tolist()


# each gradient is changed at its own point


def test_a_clipped_look_ahead_clips_every_gradient():
    """Of lengths 5 and 10, both cut to 1; their mean, of length 7.5, would give another step."""
    met = {0.0: [3.0, 4.0], 1.0: [10.0, 0.0]}
    rule = ClipNorm(1.0) | SmoothedNesterov(1.0, momentum=1.0, points=(0.0, 1.0))
    state = MomentumState(np.array([-1.0, 0.0]))  # the second point is at x + (1, 0)
    delta, state = rule.step(np.zeros(2), None, state, grad=lambda p: np.array(met[p[0]]))
    np.testing.assert_allclose(state.v, [-1 + (0.6 + 1) / 2, 0.8 / 2], rtol=1e-15)
    np.testing.assert_allclose(delta, -state.v, rtol=1e-15)


def test_a_coupled_decay_pulls_at_the_point_of_the_gradient():
    """Half of x - v/2 = (7, -10), not of the iterate (8, -8)."""
    rule = WeightDecay(0.5) | Nesterov(1.0, momentum=0.5)
    _, state = rule.step(X, None, MomentumState(G), grad=lambda p: 0 * p)
    assert state.v.tolist() == [1 + 3.5, 2 - 5.0]


def test_wrappers_change_a_gradient_from_left_to_right():
    """The outer first: cut to 1 and then pulled by x, or pulled and then cut."""
    inside = Nesterov(1.0, momentum=0.5)
    for wrappers, expected in (
        (ClipValue(1.0) | WeightDecay(1.0), [1 + 7.0, 1 - 10.0]),
        (WeightDecay(1.0) | ClipValue(1.0), [1.0, -1.0]),
    ):
        rule = wrappers | inside
        _, state = rule.step(X, None, MomentumState(G), grad=lambda p: 0 * p + 5)
        assert (state.v - 0.5 * G).tolist() == expected


def test_all_gradients_of_a_step_meet_one_noise():
    class Counting:
        drawn = 0

        def split(self):
            return self, self

        def normal(self, like):
            Counting.drawn += 1
            return np.array([1.0, -3.0])

    rule = Noise(2.0) | SmoothedNesterov(1.0, momentum=0.0, points=(0.0, 1.0))
    delta, _ = rule.step(X, None, rule.begin(X), grad=lambda p: 0 * p, key=Counting())
    assert delta.tolist() == [-2.0, 6.0]


def test_a_gradient_is_asked_for_once_however_often_it_is_used():
    asked = []

    def gradient():
        asked.append(1)
        return Leaves([G])

    def update(self, g, state, step):
        return step() + step() + g, state

    rule = around(update) | ClipValue(1.0) | Momentum(0.5)
    x = Leaves([X])
    stepping.step(rule, stepping.begin(rule, x), x, 1, stepping.Offers(g=gradient))
    assert asked == [1]

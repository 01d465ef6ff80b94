"""What every rule gets from its base: numbers of the step in every method, trees of arrays."""

from dataclasses import dataclass

import jax
import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.rules import (
    ClipValue,
    Exponential,
    GradientDescent,
    Momentum,
    NAdam,
    Nesterov,
    Noise,
    Piecewise,
    Rule,
    SmoothedNesterov,
    hyper,
    stepping,
)
from slalom.rules.leaves import Leaves

X = np.array([1.0, 2.0])
HALVED = Exponential(1.0, rate=np.log(2))  # 1/2, 1/4, 1/8, …


def test_every_method_of_a_rule_meets_the_number_of_the_step():
    @dataclass(frozen=True)
    class Telling(Rule, name="telling"):
        """Puts its rate wherever a formula answers."""

        lr: float = hyper(0.1, "learning rate")

        def init(self, x):
            return (self.lr,)

        def update(self, g, state):
            return self.lr * g, state

        def rate(self):
            return 2 * self.lr

    rule = Telling(HALVED)
    state = rule.begin(X)
    assert state == (pytest.approx(0.5),)  # of step 1
    assert rule.step(X, X, state, 2)[0] == pytest.approx(X / 4)
    assert stepping.rate(rule, (), Leaves([X]), 3) == pytest.approx(0.25)


def test_a_rule_of_plain_numbers_is_itself_at_every_step():
    rule = ClipValue(1.0) | SmoothedNesterov(points=(0.5, 1.0))
    assert rule.at(3, X) is rule
    assert Momentum(HALVED).at(3, X).lr == pytest.approx(0.125)
    around = ClipValue(HALVED) | Momentum(HALVED)  # what is inside has a turn of its own
    assert around.at(3, X) == ClipValue(around.at(3, X).limit) | Momentum(HALVED)
    assert around.at(3, X).limit == pytest.approx(0.125)


@pytest.mark.parametrize("form", [np.float64, np.array])
def test_numbers_with_a_dtype_take_that_of_the_parameters(form):
    """Put in by a tree operation, which asks nobody."""
    x = X.astype(np.float32)
    rule = SmoothedNesterov().rebuilt(lr=form(0.5), points=(form(0.25), 1.0, HALVED))
    at = rule.at(2, x)
    assert at.lr.dtype == at.points[0].dtype == at.points[2].dtype == np.float32
    assert [float(v) for v in (at.lr, *at.points)] == pytest.approx([0.5, 0.25, 1.0, 0.25])
    assert at.points[1] is rule.points[1]
    same = SmoothedNesterov().rebuilt(lr=np.array(0.5))
    assert same.at(2, X) is same


def test_a_rule_needs_the_gradient_where_it_stands_or_elsewhere():
    assert GradientDescent().needs == Nesterov(shifted=True).needs == {"g"}
    assert Nesterov().needs == SmoothedNesterov().needs == {"grad"}


def test_each_array_of_a_tree_has_its_own_step_and_point():
    rule = GradientDescent(lr=0.5)
    xs = [X, np.array([4.0])]
    deltas, state = rule.step(xs, [2 * x for x in xs], rule.begin(xs))
    assert [d.tolist() for d in deltas] == [[-1.0, -2.0], [-4.0]]
    assert state == ()
    assert all(a is b for a, b in zip(rule.judged(xs, state), xs, strict=True))


def test_the_points_to_judge_may_depend_on_the_states():
    @dataclass(frozen=True)
    class Behind(Rule, name="behind"):
        def evaluate(self, x, state):
            return x - state

    found = Behind().judged([X, X], Leaves([1.0, 2.0]))
    assert [point.tolist() for point in found] == [[0.0, 1.0], [-1.0, 0.0]]


def test_trees_of_different_lengths_are_refused():
    rule = GradientDescent()
    with pytest.raises(SlalomError, match=r"^one gradient for each of 2 arrays, not 1$"):
        rule.step([X, X], [X], ())
    with pytest.raises(SlalomError, match=r"^gradients must be a list of arrays, as x is$"):
        rule.step([X, X], X, ())
    with pytest.raises(SlalomError, match=r"^a gradient must be an array, as x is$"):
        rule.step(X, [X], ())
    with pytest.raises(SlalomError, match=r"^one gradient for each of 2 arrays, not 1$"):
        Nesterov().step([X, X], None, Nesterov().begin([X, X]), grad=lambda _: [X])


def test_what_a_rule_needs_reaches_every_leaf():
    @dataclass(frozen=True)
    class Loss(Rule, name="of_loss"):
        def update(self, g, state, loss):
            return -loss * g, state

    deltas, _ = Loss().step([X, X], [X, X], (), loss=3.0)
    assert [d.tolist() for d in deltas] == [[-3.0, -6.0]] * 2
    assert (Noise(1.0) | Loss()).needs == {"g", "key", "loss"}


def test_a_change_of_the_rate_is_met_at_its_step():
    rule = GradientDescent(Piecewise((1.0, 0.5), (5,)))
    assert [rule.step(X, X, (), t)[0][0] for t in (5, 6)] == [-1.0, -0.5]


def test_a_traced_step_widens_nothing():
    """An integer power of a Python number would be float64."""
    seen = []

    @dataclass(frozen=True)
    class Counting(Rule, name="counting"):
        def update(self, g, state, t):
            seen.append(t)
            return -(0.9**t) * g, state

    leaf = jax.ShapeDtypeStruct((2,), "float32")
    with jax.enable_x64(True):
        delta, _ = jax.eval_shape(
            lambda g, t: Counting().step(g, g, (), t), leaf, jax.ShapeDtypeStruct((), "int32")
        )
    assert delta.dtype == "float32"
    Counting().step(X, X, (), 3)
    assert seen[-1] == 3
    assert isinstance(seen[-1], int)


@pytest.mark.parametrize("form", [np.int64, np.float64, np.array])
def test_the_number_of_the_step_may_be_any_kind_of_number(form):
    rule, x = NAdam(), X.copy()
    state = rule.begin(x)
    expected, _ = rule.step(x, X, state, 3)
    found, _ = rule.step(x, X, state, form(3))
    np.testing.assert_allclose(found, expected)

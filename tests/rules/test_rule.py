"""What every rule gets from its base: numbers of the step in every method, trees of arrays."""

from dataclasses import dataclass

import jax
import numpy as np
import pytest

from slalom.rules import (
    ClipValue,
    Exponential,
    GradientDescent,
    Momentum,
    NAdam,
    Noise,
    Piecewise,
    Rule,
    SmoothedNesterov,
    hyper,
)

X = np.array([1.0, 2.0])
HALVED = Exponential(1.0, rate=np.log(2))  # 1/2, 1/4, 1/8, …


def test_every_method_of_a_rule_meets_the_number_of_the_step():
    @dataclass(frozen=True)
    class Telling(Rule, name="telling"):
        """Puts its rate wherever a method answers."""

        lr: float = hyper(0.1, "learning rate")

        def init(self, x):
            return (self.lr,)

        def probes(self, x, state):
            return ((self.lr, x),)

        def update(self, g, state, x, t):
            """What it says."""
            return self.lr * g, state

    rule = Telling(HALVED)
    assert rule.init(X) == (pytest.approx(0.5),)
    assert rule.probes(X, ())[0][0] == pytest.approx(0.5)  # of step 1 unless told
    assert rule.probes(X, (), 3)[0][0] == pytest.approx(0.125)
    assert rule.update(X, (), X, 2)[0] == pytest.approx(X / 4)
    assert Telling.update.__name__ == "update"
    assert Telling.update.__doc__ == "What it says."


def test_a_rule_of_plain_numbers_is_itself_at_every_step():
    rule = ClipValue(1.0) | SmoothedNesterov(points=(0.5, 1.0))
    assert rule.at(3, X) is rule
    assert rule.replace(rule=Momentum(HALVED)).at(3, X).rule.lr == pytest.approx(0.125)


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


def test_a_rule_asks_for_the_gradient_where_it_stands():
    [(weight, point)] = GradientDescent().probes(X, ())
    assert weight == 1
    assert point is X


def test_each_array_of_a_tree_has_its_own_step_and_point():
    rule = GradientDescent(lr=0.5)
    xs = [X, np.array([4.0])]
    deltas, states = rule.update_leaves([2 * x for x in xs], rule.init_leaves(xs), xs, 1)
    assert [d.tolist() for d in deltas] == [[-1.0, -2.0], [-4.0]]
    assert states == [(), ()]
    assert all(a is b for a, b in zip(rule.evaluate_leaves(xs, states), xs, strict=True))


def test_the_points_to_judge_may_depend_on_the_states():
    @dataclass(frozen=True)
    class Behind(Rule, name="behind"):
        def evaluate(self, x, state):
            return x - state

    found = Behind().evaluate_leaves([X, X], [1.0, 2.0])
    assert [point.tolist() for point in found] == [[0.0, 1.0], [-1.0, 0.0]]


def test_trees_of_different_lengths_are_refused():
    rule = GradientDescent()
    with pytest.raises(ValueError, match="zip"):
        rule.update_leaves([X, X], [()], [X], 1)
    with pytest.raises(ValueError, match="zip"):
        rule.evaluate_leaves([X], [(), ()])


def test_what_a_rule_needs_reaches_every_leaf():
    @dataclass(frozen=True)
    class Loss(Rule, name="of_loss"):
        needs = frozenset({"loss"})

        def update(self, g, state, x, t, loss):
            return -loss * g, state

    deltas, _ = Loss().update_leaves([X, X], [(), ()], [X, X], 1, loss=3.0)
    assert [d.tolist() for d in deltas] == [[-3.0, -6.0]] * 2
    assert (Noise(1.0) | Loss()).needs == {"key", "loss"}


def test_a_change_of_the_rate_is_met_at_its_step():
    rule = GradientDescent(Piecewise((1.0, 0.5), (5,)))
    assert [rule.update(X, (), X, t)[0][0] for t in (5, 6)] == [-1.0, -0.5]


def test_a_traced_step_widens_nothing():
    """An integer power of a Python number would be float64."""
    seen = []

    @dataclass(frozen=True)
    class Counting(Rule, name="counting"):
        def update(self, g, state, x, t):
            seen.append(t)
            return -(0.9**t) * g, state

    leaf = jax.ShapeDtypeStruct((2,), "float32")
    with jax.enable_x64(True):
        delta, _ = jax.eval_shape(
            lambda g, t: Counting().update(g, (), g, t), leaf, jax.ShapeDtypeStruct((), "int32")
        )
    assert delta.dtype == "float32"
    Counting().update(X, (), X, 3)
    assert seen[-1] == 3
    assert isinstance(seen[-1], int)


@pytest.mark.parametrize("form", [np.int64, np.float64, np.array])
def test_the_number_of_the_step_may_be_any_kind_of_number(form):
    rule, x = NAdam(), X.copy()
    state = rule.init(x)
    expected, _ = rule.update(X, state, x, 3)
    found, _ = rule.update(X, state, x, form(3))
    np.testing.assert_allclose(found, expected)

"""A partition: each rule steps its own leaves, and asks for gradients there alone."""

import jax
import numpy as np
import pytest

from slalom.descent import descend
from slalom.errors import SlalomError
from slalom.rules import Average, ClipNorm, GradientDescent, Momentum, Nesterov, Noise
from slalom.rules.partition import Partition
from slalom.rules.rule import Leaf

MATRIX, VECTOR, HEAD = np.full((2, 2), 3.0), np.array([4.0, 2.0]), np.full((2, 1), 5.0)
XS = [MATRIX, VECTOR, HEAD]
LEAVES = [Leaf("0.weight", (2, 2)), Leaf("0.bias", (2,)), Leaf("head.weight", (2, 1))]


def test_each_leaf_goes_by_the_rule_of_its_role():
    rule = Partition(
        matrices=GradientDescent(1.0), heads=GradientDescent(2.0), rest=GradientDescent(3.0)
    )
    deltas, state = rule.step(XS, XS, rule.begin(XS, LEAVES), leaf=LEAVES)
    for delta, x, lr in zip(deltas, XS, (1, 3, 2), strict=True):
        assert delta.tolist() == (-lr * x).tolist()
    assert set(state) == {"matrices", "heads", "rest"}


def test_without_names_a_head_is_a_matrix():
    rule = Partition(matrices=GradientDescent(1.0), vectors=GradientDescent(2.0))
    deltas, _ = rule.step(XS, XS, rule.begin(XS))
    assert deltas[2].tolist() == (-HEAD).tolist()


def test_what_a_rule_couples_it_couples_within_its_part():
    """The vector's norm is 5 with the bias of 3; that of the matrix is 6."""
    xs = [np.full((2, 2), 3.0), np.array([4.0]), np.array([3.0])]
    rule = Partition(
        matrices=ClipNorm(3.0) | GradientDescent(1.0), rest=ClipNorm(1.0) | GradientDescent(1.0)
    )
    deltas, _ = rule.step(xs, xs, rule.begin(xs))
    expected = [np.full((2, 2), -1.5), [-0.8], [-0.6]]
    for delta, one in zip(deltas, expected, strict=True):
        np.testing.assert_allclose(delta, one, rtol=1e-15)


@pytest.mark.parametrize("around", [None, ClipNorm(1e9)])
def test_a_gradient_elsewhere_holds_the_other_parts_where_they_are(around):
    rule = Partition(matrices=Nesterov(1.0, momentum=0.5), rest=Nesterov(1.0, momentum=0.25))
    rule = rule if around is None else around | rule
    asked, state = [], rule.begin(XS[:2])
    state["matrices"].v.parts[0][...] = 2.0
    state["rest"].v.parts[1][...] = 4.0

    def grad(points):
        asked.append([point.tolist() for point in points])
        return points

    deltas, _ = rule.step(XS[:2], None, state, grad=grad)
    ahead = np.full((2, 2), 3.0 - 0.5 * 2), VECTOR - 0.25 * 4
    assert asked == [[ahead[0].tolist(), VECTOR.tolist()], [MATRIX.tolist(), ahead[1].tolist()]]
    assert deltas[0].tolist() == (-(0.5 * 2 + ahead[0])).tolist()
    assert deltas[1].tolist() == (-(0.25 * 4 + ahead[1])).tolist()


def test_the_parts_of_a_loop_are_those_of_two_loops():
    """On a sum of two functions of one leaf each, what a part does is what it does alone."""
    start = {"w": np.array([[1.0, -2.0]]), "b": np.array([3.0, 0.5])}
    rules = Nesterov(0.1), Momentum(0.05)
    run = descend(
        Partition(matrices=rules[0], rest=rules[1]),
        lambda p: (p["w"] ** 4).sum() / 9 + (p["b"] ** 2).sum(),
        start,
        20,
    ).position
    alone = descend(rules[0], lambda w: (w**4).sum() / 9, start["w"], 20).position
    np.testing.assert_allclose(run["w"], alone, rtol=1e-13)
    alone = descend(rules[1], lambda b: (b**2).sum(), start["b"], 20).position
    np.testing.assert_allclose(run["b"], alone, rtol=1e-13)


def test_parts_draw_apart():
    rule = Partition(
        matrices=Noise(1.0) | GradientDescent(1.0), rest=Noise(1.0) | GradientDescent(1.0)
    )
    start = {"w": np.zeros((2, 2)), "b": np.zeros(4)}
    end = descend(rule, lambda p: 0 * sum(map(np.sum, jax.tree.leaves(p))), start, 1).position
    drawn = np.concatenate([end["w"].ravel(), end["b"]])
    assert len(np.unique(drawn)) == 8


def test_each_part_is_judged_as_its_rule_says():
    rule = Partition(matrices=Average(0.5) | GradientDescent(1.0), rest=GradientDescent(1.0))
    state = rule.begin(XS[:2])
    _, state = rule.step(XS[:2], XS[:2], state)
    judged = rule.judged([0 * MATRIX, 0 * VECTOR], state)
    assert judged[0].tolist() == (MATRIX / 2).tolist()
    assert not np.any(judged[1])


def test_it_needs_what_its_parts_need():
    parts = Partition(matrices=Nesterov(), rest=Noise(1.0) | GradientDescent())
    assert parts.needs == {"grad", "g", "key"}


def test_a_leaf_without_a_rule_is_refused():
    rule = Partition(matrices=GradientDescent())
    line = r"^partition has no rule for 0.bias of shape \(2,\), a vector: give vectors=… or rest=…$"
    with pytest.raises(SlalomError, match=line):
        rule.begin(XS, LEAVES)
    with pytest.raises(
        SlalomError, match=r"^partition has no rule for a parameter of shape \(2,\)"
    ):
        rule.begin(XS)


def test_a_partition_of_nothing_is_refused():
    with pytest.raises(SlalomError, match=r"^partition needs a rule: partition\(matrices="):
        Partition()
    with pytest.raises(SlalomError, match=r"^partition: heads must be a rule, got 'adam'"):
        Partition(heads="adam")

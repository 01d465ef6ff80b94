"""Steps of rules that take all leaves as one vector, or keep numbers that all leaves share."""

import jax
import numpy as np
import pytest

from slalom.kernels import Stepper
from slalom.kernels.leaves import SUM_PIECE
from slalom.lowering import lowered, skeleton
from slalom.rules import parse

from .stepping import begun, draw, eagerly

PASSES = {
    "clip_norm(0.5) | adam(lr=0.05)": 2,
    "lamb(lr=0.05)": 2,
    "novograd(lr=0.05, averaging=late)": 2,
    "lars(lr=1, trust=0.1, weight_decay=0.1, joint_norm=true, nesterov=true)": 2,
    "stable_adamw(lr=0.05, beta2=0.5)": 2,
    "mars(lr=0.05, gamma=0.5)": 2,
    "fromage(lr=0.05)": 2,
    "prodigy(d0=0.1, debias=true)": 2,
    "dog(reps=0.1, layerwise=true)": 2,
    "cautious() | adam(lr=0.05)": 2,
    "average(0.9) | clip_norm(1) | lion(lr=0.05)": 2,
    "clip_norm(0.5) | clip_norm(0.25) | momentum(lr=0.05)": 3,
    "average(0.9) | nadam(lr=0.05)": 1,
    "schedule_free(warmup=2) | weight_decay(0.1, decoupled=true) | rmsprop(lr=0.05)": 1,
    "lookahead(2, 0.5) | adam(lr=0.05)": 1,
}
"""What is stepped here, and how often a step goes through the elements."""
NORMED = ("clip_norm", "lamb", "lars", "mars", "fromage", "layerwise")
"""In float64 a norm takes one pass more, in which the largest element is found."""
COUPLED = ("average", "clip_norm", "prodigy", "schedule_free")
SUMS = {"float32": 1e-6, "float64": 1e-12}
"""Of the largest element: what another order of adding up may change."""
SIZES = [(3 * SUM_PIECE + 5,), (4,), (0,), (), (7, 3)]
STRIDED = (300, 91)


def leaves(rng, dtype):
    """Arrays of many sizes, of which the last one does not lie flat."""
    wide = rng.normal(size=(2 * STRIDED[0], STRIDED[1])).astype(dtype)
    return [*draw(rng, SIZES, dtype), wide[::2]]


def stepped(rule, dtype, threads):
    """Parameters and states after three steps, by a kernel and by the rule itself."""
    rng = np.random.default_rng(0)
    xs = leaves(rng, dtype)
    states, stepper = begun(rule, xs), Stepper(rule, dtype)
    expected, after = [x.copy() for x in xs], begun(rule, xs)
    for t in (1, 2, 3):
        gs = draw(rng, [*SIZES, STRIDED], dtype)
        stepper.step(xs, gs, states, t, threads=threads)
        expected, after = eagerly(rule, expected, gs, after, t)
    return jax.tree.leaves([xs, states]), jax.tree.leaves([expected, after])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", PASSES)
def test_a_step_of_the_tree_is_the_eager_step(text, dtype):
    """To the bit, but for sums; and whoever sums, all bits are the same."""
    rule = parse(text)
    norms = sum(map(text.count, NORMED)) if dtype == "float64" else 0
    assert lowered(skeleton(rule), dtype).passes == PASSES[text] + norms
    found, expected = stepped(rule, dtype, threads=1)
    for one, other in zip(found, expected, strict=True):
        assert (one.dtype, one.shape) == (other.dtype, np.shape(other))
        size = np.max(np.abs(other), initial=0)
        slack = SUMS[dtype] * size if PASSES[text] > 1 else 0
        np.testing.assert_allclose(one, other, rtol=0, atol=slack)
    for one, other in zip(found, stepped(rule, dtype, threads=3)[0], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("text", PASSES)
def test_which_rules_couple_parameters(text):
    assert Stepper(parse(text), "float32").couples == any(name in text for name in COUPLED)


def test_one_norm_of_all_leaves():
    """The legs 3 and 4 of a triangle, whose hypotenuse is clipped to 1, and a leaf of nothing."""
    xs = [np.zeros(1), np.zeros(0), np.zeros(1)]
    gs = [np.array([3.0]), np.zeros(0), np.array([4.0])]
    stepper = Stepper(parse("clip_norm(1) | gradient_descent(lr=1)"), "float64")
    stepper.step(xs, gs, [()] * 3, 1)
    np.testing.assert_allclose(xs[0], [-0.6], rtol=1e-15)
    np.testing.assert_allclose(xs[2], [-0.8], rtol=1e-15)


def test_what_leaves_share_is_written_once():
    """The share of the average is 1, then 0.9, however many leaves there are."""
    rule, xs = parse("average(0.9) | gradient_descent(lr=1)"), [np.zeros(2), np.zeros(3)]
    states = begun(rule, xs)
    kept = states[0].own.kept
    assert kept is states[1].own.kept
    stepper = Stepper(rule, "float64")
    for t in (1, 2):
        stepper.step(xs, [np.ones(2), np.ones(3)], states, t)
        assert kept == 0.9
    np.testing.assert_allclose(states[1].own.average, [-0.1] * 3, rtol=1e-15)

"""A fused step is the eager step, in place, for any layout of the arrays."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slalom.kernels import Stepper
from slalom.rules import parse, with_settings

from .layouts import Framed, layouts, shapes
from .stepping import assert_same, begun, draw, eagerly, mapped

COMPILED = {
    "adam()": ["lr", "beta1", "beta2", "eps"],
    "average(0.9) | weight_decay(0.1, decoupled=true) | nadam()": [
        "lr", "decay", "weight_decay", "momentum_decay",
    ],
    "clip_value(0.5) | momentum(lr_inside=false)": ["limit", "lr", "momentum", "dampening"],
    "adamax()": ["lr", "beta1", "beta2"],
    "rmsprop(momentum=0.5, centered=true, eps=0.01, lr=exponential(0.1, rate=0.1))": ["decay"],
}  # fmt: skip
"""What is compiled here, and which of its numbers are drawn."""
SHAPES = [(3,), (), (0,), (4, 5), (1, 7, 2), (1,)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", COMPILED)
def test_many_leaves_over_many_steps(text, dtype):
    rule, rng = parse(text), np.random.default_rng(0)
    xs = draw(rng, SHAPES, dtype)
    states, stepper = begun(rule, xs), Stepper(rule, dtype)
    expected, memory = [x.copy() for x in xs], begun(rule, xs)
    for t in range(1, 21):
        gs = draw(rng, SHAPES, dtype)
        stepper.step(xs, gs, states, t)
        expected, memory = eagerly(rule, expected, gs, memory, t)
    assert_same([xs, states], [expected, memory], dtype)


@settings(max_examples=40)
@given(st.data())
def test_any_layout_and_numbers(data):
    """Every element of the views is stepped, and nothing outside them is touched."""
    text = data.draw(st.sampled_from(list(COMPILED)))
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    numbers = {name: data.draw(st.floats(0.01, 0.9)) for name in COMPILED[text]}
    rule = with_settings(parse(text), numbers)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    sizes = data.draw(st.lists(shapes, max_size=4))
    xs, gs = draw(rng, sizes, dtype), draw(rng, sizes, dtype)
    states = begun(rule, xs)

    def framed(array):
        return Framed(array, *data.draw(layouts(array.ndim)))

    frames = [framed(x) for x in xs], [framed(g) for g in gs], mapped(framed, states)
    views = jax.tree.map(lambda f: f.view, frames)
    t = data.draw(st.integers(1, 1000))
    Stepper(rule, dtype).step(*views, t, threads=data.draw(st.integers(1, 3)))
    expected, memory = eagerly(rule, xs, gs, states, t)
    assert_same([views[0], views[2]], [expected, memory], dtype, slack=4)
    assert_same(views[1], gs, dtype, slack=0)
    assert all(frame.is_intact for frame in jax.tree.leaves(frames))


def test_layouts_that_change_between_steps():
    rule, rng = parse("adam()"), np.random.default_rng(0)
    [x] = draw(rng, [(6, 8)], "float64")
    states, stepper = begun(rule, [x]), Stepper(rule, "float64")
    expected, memory = [x.copy()], begun(rule, [x])
    for t in range(1, 9):
        [g] = draw(rng, [(6, 8)], "float64")
        turned = [
            g,
            np.asfortranarray(g),
            np.flip(np.flip(g).copy()),
            np.broadcast_to(g[:1], g.shape),
        ]
        gs = [turned[t % 4]]
        stepper.step([x], gs, states, t)
        expected, memory = eagerly(rule, expected, gs, memory, t)
    assert_same([[x], states], [expected, memory], "float64")


def test_arrays_out_of_alignment():
    rule, rng = parse("adam()"), np.random.default_rng(0)
    raw = np.zeros(8 * 9 + 3, np.uint8)
    x = raw[3:].view(np.float64)
    x[:] = expected = rng.normal(size=9)
    g = draw(rng, [(9,)], "float64")
    states = begun(rule, [x])
    Stepper(rule, "float64").step([x], g, states, 1)
    assert_same([[x], states], eagerly(rule, [expected], g, begun(rule, [expected]), 1), "float64")
    assert not raw[:3].any()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_pieces_in_several_threads_cover_everything_once(threads):
    """Leaves large and small, so that pieces begin and end within them."""
    rule, rng = parse("adam()"), np.random.default_rng(0)
    sizes = [(70_001,), (3,), (0,), (130, 1001), (5,), (2,)]
    xs, gs = draw(rng, sizes, "float32"), draw(rng, sizes, "float32")
    states, expected = begun(rule, xs), [x.copy() for x in xs]
    Stepper(rule, "float32").step(xs, gs, states, 1, threads=threads)
    assert_same([xs, states], eagerly(rule, expected, gs, begun(rule, expected), 1), "float32")


ODD = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-30, 1e30, -1e-310]


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", COMPILED)
def test_what_is_not_finite_passes_through(text, dtype):
    """At the same elements, with the same signs, and in every state."""
    rule, rng = parse(text), np.random.default_rng(0)
    [x] = draw(rng, [(len(ODD) * 4,)], dtype)
    states, stepper = begun(rule, [x]), Stepper(rule, dtype)
    expected, memory = [x.copy()], begun(rule, [x])
    for t in range(1, 5):
        gs = [np.roll(np.array(ODD * 4), t % 2).astype(dtype)]
        stepper.step([x], gs, states, t)
        expected, memory = eagerly(rule, expected, gs, memory, t)
        for one, other in zip(
            jax.tree.leaves([[x], states]), jax.tree.leaves([expected, memory]), strict=True
        ):
            np.testing.assert_allclose(one, other, rtol=1e-5 if dtype == "float32" else 1e-12)

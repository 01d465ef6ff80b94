"""Several arrays at once: each by itself, but for the rules that couple them."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch
from jax import enable_x64

from slalom.rules import parse, stepping
from slalom.rules.leaves import Leaves
from slalom.rules.state import mapped, of_leaf

from .running import Given, gradients, start, step
from .table import COUPLED, RULES

SHAPES = [(3,), (2, 2), (), (0,)]


def leafwise_and_treewise(rule, steps=4):
    """The iterates and states of each leaf, alone and in a tree, after a few steps."""

    def followed(xs, shapes):
        state = stepping.begin(rule, xs)
        for t in range(1, steps + 1):
            g = Leaves(gradients(1, shape, seed=t)[0] for shape in shapes)
            delta, state = step(rule, g, state, xs, t, key=Given(0.0))
            xs = xs + delta
        return [(x, of_leaf(state, i)) for i, x in enumerate(xs)]

    xs = [start(shape, seed=n) for n, shape in enumerate(SHAPES)]
    alone = [followed(Leaves([x]), [shape])[0] for x, shape in zip(xs, SHAPES, strict=True)]
    return alone, followed(Leaves(xs), SHAPES)


@pytest.mark.parametrize("text", [t for t in RULES if t not in COUPLED])
def test_uncoupled_rules_update_each_leaf_by_itself(text):
    apart, together = leafwise_and_treewise(RULES[text])
    if "partition" in text:  # whose state names the parts that there are
        apart, together = ([x for x, _ in found] for found in (apart, together))
    assert jax.tree.structure(apart) == jax.tree.structure(together)
    assert jax.tree.all(jax.tree.map(np.array_equal, apart, together))


@pytest.mark.parametrize("text", COUPLED)
def test_coupled_rules_do_not(text):
    """The iterate of a leaf, or what is remembered for it."""
    [apart, *_], [together, *_] = leafwise_and_treewise(RULES[text])
    close = jax.tree.map(lambda a, b: np.allclose(a, b, rtol=1e-6), apart, together)
    assert not jax.tree.all(close)


@pytest.mark.parametrize("limit", [0.0, 0.5, 3.0, 1e9])
@pytest.mark.parametrize(
    "text", ["clip_norm({})", "average(0.5) | clip_norm({})", "clip_norm({}) | average(0.5)"]
)
def test_clip_norm_is_that_of_optax_over_all_leaves(text, limit):
    rule = parse(f"{text.format(limit)} | gradient_descent(lr=1.0)")
    gs = [gradients(1, shape, seed=n)[0] for n, shape in enumerate(SHAPES)]
    state = rule.begin(gs)
    with enable_x64(True):
        expected, _ = optax.clip_by_global_norm(limit).update([jnp.asarray(g) for g in gs], None)
        found, _ = rule.step(gs, [jnp.asarray(g) for g in gs], state)
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(-ours, theirs, rtol=1e-14)
    eager, _ = rule.step(gs, gs, state)
    for ours, theirs in zip(eager, expected, strict=True):
        np.testing.assert_allclose(-ours, theirs, rtol=1e-14)


def test_clip_norm_is_that_of_pytorch_over_all_leaves():
    """PyTorch adds 1e-6 to the norm; at a norm of 1e6 that is a millionth of a millionth."""
    gs = [1e6 * gradients(1, shape, seed=n)[0] for n, shape in enumerate(SHAPES)]
    parameters = [torch.nn.Parameter(torch.zeros(shape, dtype=torch.float64)) for shape in SHAPES]
    for p, g in zip(parameters, gs, strict=True):
        p.grad = torch.tensor(g)
    torch.nn.utils.clip_grad_norm_(parameters, 2.0)
    rule = parse("clip_norm(2) | gradient_descent(lr=1)")
    found, _ = rule.step(gs, gs, rule.begin(gs))
    for ours, p in zip(found, parameters, strict=True):
        np.testing.assert_allclose(-ours, p.grad.numpy(), rtol=1e-11)


def test_leaves_of_different_dtypes_keep_them():
    xs = [start().astype(np.float32), start()]
    for text in ("clip_norm(0.5) | adam()", "clip_norm(cosine(0.5)) | average() | nadam()"):
        rule = parse(text)
        deltas, state = rule.step(xs, xs, rule.begin(xs))
        for i, (x, delta) in enumerate(zip(xs, deltas, strict=True)):
            own = of_leaf(
                mapped(lambda entry: entry if isinstance(entry, Leaves) else None, state), i
            )
            assert {leaf.dtype for leaf in jax.tree.leaves((delta, own))} == {x.dtype}

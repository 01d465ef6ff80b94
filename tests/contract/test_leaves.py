"""Several arrays at once: each by itself, but for the rules that couple them."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch
from jax import enable_x64

from slalom.rules import parse

from .running import Given, gradients, start
from .table import RULES

SHAPES = [(3,), (2, 2), (), (0,)]
COUPLED = [text for text in RULES if "clip_norm" in text]


def leafwise_and_treewise(rule, steps=4):
    """The iterates of both forms, leaf by leaf, over a few steps."""
    xs = [start(shape, seed=n) for n, shape in enumerate(SHAPES)]
    apart = together = xs
    states_apart = states_together = [rule.init(x) for x in xs]
    for t in range(1, steps + 1):
        gs = [gradients(1, shape, seed=t)[0] for shape in SHAPES]
        extra = {"key": Given(0.0)} if "key" in rule.needs else {}
        pairs = [
            rule.update(g, s, x, t, **extra)
            for g, s, x in zip(gs, states_apart, apart, strict=True)
        ]
        apart = [x + delta for x, (delta, _) in zip(apart, pairs, strict=True)]
        states_apart = [state for _, state in pairs]
        deltas, states_together = rule.update_leaves(gs, states_together, together, t, **extra)
        together = [x + d for x, d in zip(together, deltas, strict=True)]
    return (apart, states_apart), (together, states_together)


@pytest.mark.parametrize("text", [t for t in RULES if t not in COUPLED])
def test_uncoupled_rules_update_each_leaf_by_itself(text):
    apart, together = leafwise_and_treewise(RULES[text])
    assert jax.tree.structure(apart) == jax.tree.structure(together)
    assert jax.tree.all(jax.tree.map(np.array_equal, apart, together))


@pytest.mark.parametrize("text", COUPLED)
def test_coupled_rules_do_not(text):
    (apart, _), (together, _) = leafwise_and_treewise(RULES[text])
    assert not np.allclose(apart[0], together[0], rtol=1e-3)


@pytest.mark.parametrize("limit", [0.0, 0.5, 3.0, 1e9])
@pytest.mark.parametrize(
    "text", ["clip_norm({})", "average(0.5) | clip_norm({})", "clip_norm({}) | average(0.5)"]
)
def test_clip_norm_is_that_of_optax_over_all_leaves(text, limit):
    rule = parse(f"{text.format(limit)} | gradient_descent(lr=1.0)")
    gs = [gradients(1, shape, seed=n)[0] for n, shape in enumerate(SHAPES)]
    states = [rule.init(g) for g in gs]
    with enable_x64(True):
        expected, _ = optax.clip_by_global_norm(limit).update([jnp.asarray(g) for g in gs], None)
        found, _ = rule.update_leaves([jnp.asarray(g) for g in gs], states, gs, 1)
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(-ours, theirs, rtol=1e-14)
    eager, _ = rule.update_leaves(gs, states, gs, 1)
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
    found, _ = rule.update_leaves(gs, [()] * 4, gs, 1)
    for ours, p in zip(found, parameters, strict=True):
        np.testing.assert_allclose(-ours, p.grad.numpy(), rtol=1e-11)


def test_leaves_of_different_dtypes_keep_them():
    xs = [start().astype(np.float32), start()]
    for text in ("clip_norm(0.5) | adam()", "clip_norm(cosine(0.5)) | average() | nadam()"):
        rule = parse(text)
        deltas, states = rule.update_leaves(xs, [rule.init(x) for x in xs], xs, 1)
        for x, delta, state in zip(xs, deltas, states, strict=True):
            assert {leaf.dtype for leaf in jax.tree.leaves((delta, state))} == {x.dtype}

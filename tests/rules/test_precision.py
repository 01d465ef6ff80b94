"""Parameters in float16 and bfloat16: the numbers of a rule and its arithmetic are in float32."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch

import slalom.optax
from slalom.descent import descend
from slalom.rules import parse
from slalom.torch import Optimizer

from ..contract.running import follow, gradients, start
from ..contract.table import RULES

HALVES = [torch.float16, torch.bfloat16]
STEPS = 10


@pytest.mark.parametrize("kind", HALVES)
@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0])
def test_adam_is_pytorchs_fused_one(kind, scale):
    """Which computes in float32, and rounds the parameters and both averages once in a step."""
    draws = torch.Generator().manual_seed(0)
    mine, theirs = (torch.nn.Parameter(torch.ones(50, dtype=kind)) for _ in range(2))
    ours = Optimizer([mine], "adam(lr=0.01)")
    other = torch.optim.Adam([theirs], lr=0.01, fused=True)
    for _ in range(STEPS):
        mine.grad = theirs.grad = (scale * torch.randn(50, generator=draws)).to(kind)
        ours.step()
        other.step()
        # where the average square rounds to 0 both leave the range of float16, to the same side
        np.testing.assert_allclose(
            mine.detach().float(), theirs.detach().float(), rtol=4 * torch.finfo(kind).eps
        )
    assert not torch.isnan(mine).any()
    assert {e.dtype for e in ours.state[mine].values() if hasattr(e, "dtype")} == {kind}


@pytest.mark.parametrize("text", RULES)
def test_no_rule_changes_the_dtype_or_is_lost(text):
    """A few steps end where those in float32 do, within the rounding of bfloat16."""
    gs = gradients(5)
    runs = {}
    for kind in (torch.float32, torch.bfloat16):
        x, steps = torch.tensor(start(), dtype=kind), [torch.tensor(g, dtype=kind) for g in gs]
        for delta, state, point in follow(RULES[text], x, steps):
            own = [e for e in jax.tree.leaves(state) if e.shape == x.shape]
            assert {a.dtype for a in (delta, point, *own)} == {kind}
            runs[kind] = point
    np.testing.assert_allclose(
        runs[torch.bfloat16].float(), runs[torch.float32], atol=0.06, rtol=0.06
    )


def test_a_descent_with_a_decay_that_bfloat16_has_not():
    """0.999 is 1 in bfloat16, with which v would never begin."""
    rule, x = parse("adam(lr=0.1)"), jnp.ones(3, jnp.bfloat16)
    run = descend(rule, lambda p: (p**2).sum(), x, 3)
    assert str(run.outcome) == "finished"
    np.testing.assert_allclose(np.asarray(run.position, float), 0.7, atol=0.01)  # 1 - 3 · 0.1


@pytest.mark.parametrize("make", [slalom.optax.injected, slalom.optax.transformation])
@pytest.mark.parametrize("kind", [jnp.bfloat16, jnp.float16])
def test_in_optax(make, kind):
    x: Any = jnp.ones(3, kind)
    made = make("adam(lr=0.1)")
    state = made.init(x)
    for _ in range(3):
        found: Any = made.update(2 * x, state, x)
        updates, state = found
        x = optax.apply_updates(x, updates)
        assert x.dtype == updates.dtype == kind
    np.testing.assert_allclose(np.asarray(x, float), 0.7, atol=0.01)


def test_an_average_of_what_does_not_move():
    """0.998 is 0.9961 in bfloat16, and 0.9961 + 0.002 is not 1."""
    rule = parse("average(0.998) | gradient_descent")
    x = torch.ones(1, dtype=torch.bfloat16)
    delta, state = rule.step(x, 0 * x, rule.begin(x), 1)
    found = rule.judged(x + delta, state)
    assert (found.dtype, found.item()) == (torch.bfloat16, 1.0)

"""Laws of a step: a rate of 0 moves nothing, and a state shares no memory with anything else."""

import dataclasses

import jax
import numpy as np
import pytest
import torch

from slalom.rules import Rule, stepping
from slalom.rules.leaves import Leaves

from .running import gradients, offers, start
from .table import LEARNED_BOUNDS, RULES

SHAPES = [(3,), (2, 2)]
UNSCALED = ("scaled=false", "cocob", "rprop")
"""A pull that no rate multiplies, a rule that has no rate, one whose steps have a least size."""
KEPT = ("rprop", "asgd")  # their states hold the rate itself


def at_rate_zero(rule):
    """The rule with a rate of 0, whatever stands around it, and in each part."""
    held = {f.name: getattr(rule, f.name) for f in dataclasses.fields(rule)}
    inside = {name: at_rate_zero(v) for name, v in held.items() if isinstance(v, Rule)}
    return rule.rebuilt(**inside) if inside else rule.rebuilt(lr=0.0)


def held(rule, steps=5):
    """Every step from a point that is held where it is, and the state after each.

    The gradient is the same everywhere, or a look-ahead would meet another with another rate.
    """
    x = Leaves([start(shape) for shape in SHAPES])
    state = stepping.begin(rule, x)
    found = [(x * 0, state)]
    for t in range(1, steps + 1):
        g = Leaves([gradients(1, shape, seed=t)[0] for shape in SHAPES])
        given = offers(g, x) | {"grad": lambda _, g=g: g}
        loss = given.pop("loss")
        asked = stepping.Offers(g=lambda g=g: g, loss=lambda v=loss: v, **given)
        delta, state = stepping.step(rule, state, x, t, asked)
        found.append((delta, state))
    return found


@pytest.mark.parametrize("text", [t for t in RULES if not any(word in t for word in UNSCALED)])
def test_a_rate_of_zero_moves_no_parameter(text):
    """But for the rounding of a step that is the difference of two points, as schedule_free's."""
    rounding = 1e-15 if "schedule_free" in text else 0.0
    for delta, _ in held(at_rate_zero(RULES[text])):
        assert all(np.all(np.abs(part) <= rounding) for part in delta)


@pytest.mark.parametrize(
    "text", [t for t in RULES if not t.startswith(KEPT) and t not in LEARNED_BOUNDS]
)
def test_a_rate_of_zero_changes_of_the_state_what_does_not_depend_on_the_rate(text):
    """An entry is that of the rule at its own rate or, where the rate flows in, as at first."""
    own, still = held(RULES[text]), held(at_rate_zero(RULES[text]))
    begun = jax.tree.leaves(own[0][1])
    for (_, state), (_, expected) in zip(still, own, strict=True):
        entries = jax.tree.leaves(state), jax.tree.leaves(expected), begun
        for entry, usual, first in zip(*entries, strict=True):
            assert np.array_equal(entry, usual) or np.array_equal(entry, first)


def shares_memory(a, b):
    if isinstance(a, torch.Tensor):
        return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
    return np.shares_memory(a, b)


@pytest.mark.parametrize("make", [np.array, torch.tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize("text", RULES)
def test_a_state_shares_no_memory_with_parameters_and_gradients(text, make):
    """What `stepping` itself gives, which copies nothing: the formulas hand nothing on."""
    rule, x = RULES[text], Leaves([make(start(shape)) for shape in SHAPES])
    state, met = stepping.begin(rule, x), [*x]
    for t in (1, 2):
        assert not any(shares_memory(a, b) for a in jax.tree.leaves(state) for b in met)
        g = Leaves([make(gradients(1, shape, seed=t)[0]) for shape in SHAPES])
        given = offers(g, x)
        loss, grad = given.pop("loss"), given.pop("grad")

        def noted(point, grad=grad):
            found = grad(point)
            met.extend([*point, *found])
            return found

        asked = stepping.Offers(g=lambda g=g: g, loss=lambda v=loss: v, grad=noted, **given)
        delta, state = stepping.step(rule, state, x, t, asked)
        met.extend([*g, *delta])
        x = x + delta
    assert not any(shares_memory(a, b) for a in jax.tree.leaves(state) for b in met)

"""Finite in, finite out: no rule makes NaN or inf of finite gradients, in any convention."""

import itertools
from dataclasses import fields

import jax
import numpy as np
import pytest

from slalom.rules import RULES, WRAPPERS, Adam

from .running import follow, start

STEPS = 6
DRAWN = np.random.default_rng(0).normal(size=(STEPS, 3, 2))
SEQUENCES = {
    "random": DRAWN,
    "constant": np.full_like(DRAWN, 0.3),
    "large": 1e15 * DRAWN,
    "tiny": 1e-30 * DRAWN,
    "zero": 0 * DRAWN,
    "one large": np.where(np.arange(STEPS)[:, None, None] == 3, 1e15, 1e-3) * DRAWN,
}
"""In float32 the squares of all of them are in range, which many rules keep as they are; those
of 1e-30 are 0."""
MORE = {"beta1": 0.9, "momentum": 0.9, "lr": 0.01}
"""Numbers that switch on what None, the default, leaves out."""


def choices(field):
    """All values of a convention that are worth trying; of whole numbers the default alone."""
    allowed = field.metadata["choices"]
    if isinstance(allowed, range):
        return [field.default]
    return [value for value in allowed if value != "bfloat16"]  # which NumPy has not


def variants(kind):
    """A class of rules in each of its conventions, with and without its optional numbers."""
    own = [f for f in fields(kind) if f.metadata.get("kind") == "convention"]
    none = [f for f in fields(kind) if f.default is None and f.name in MORE]
    for values in itertools.product(
        *(choices(f) for f in own), *((None, MORE[f.name]) for f in none)
    ):
        yield dict(zip([f.name for f in (*own, *none)], values, strict=True))


def failures(rule, shape=(3, 2)):
    """The sequences in which the rule gives something that is not finite, and at which step."""
    for name, gs in SEQUENCES.items():
        x = start(shape).astype(np.float32)
        with np.errstate(over="ignore", under="ignore"):
            for t, part in enumerate(follow(rule, x, gs.astype(np.float32).reshape(-1, *shape)), 1):
                if not all(np.isfinite(array).all() for array in jax.tree.leaves(part)):
                    yield rule, name, t
                    break


@pytest.mark.parametrize("name", sorted(RULES.keys() - {"partition"}))
def test_rules(name):
    made = [RULES[name](**settings) for settings in variants(RULES[name])]
    assert [failure for rule in made for failure in failures(rule)] == []


@pytest.mark.parametrize("name", sorted(WRAPPERS))
def test_wrappers(name):
    made = [WRAPPERS[name](**settings) | Adam(0.01) for settings in variants(WRAPPERS[name])]
    assert [failure for rule in made for failure in failures(rule)] == []

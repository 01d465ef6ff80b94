"""Stepping lists of arrays: fused in place, and eagerly by the rule itself, which is the oracle."""

import jax
import numpy as np

EXACT = {"float32": 2e-6, "float64": 2e-13}
"""Relative to the size of what is compared: rounding alone, over some twenty steps."""


def begun(rule, xs):
    """The rule's states of some arrays, every entry an array of its own."""
    return [jax.tree.map(np.array, rule.init(x)) for x in xs]


def eagerly(rule, xs, gs, states, t):
    """One step by the rule itself: new arrays and states."""
    with np.errstate(all="ignore"):
        steps = [rule.update(g, s, x, t) for g, s, x in zip(gs, states, xs, strict=True)]
        moved = [np.asarray(x + delta) for x, (delta, _) in zip(xs, steps, strict=True)]
    return moved, [state for _, state in steps]


def draw(rng, shapes, dtype, scale=1.0):
    return [np.asarray(rng.normal(0.3, scale, size=shape)).astype(dtype) for shape in shapes]


def assert_same(found, expected, dtype, slack=1.0):
    """Equal to rounding, entry by entry, in the unit of each entry's largest number."""
    found, expected = jax.tree.leaves(found), jax.tree.leaves(expected)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        other = np.asarray(other)
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        finite = np.abs(other[np.isfinite(other)])
        size = np.max(finite) if finite.size else 1.0
        np.testing.assert_allclose(one, other, rtol=0, atol=slack * EXACT[dtype] * size)

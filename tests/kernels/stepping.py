"""Stepping lists of arrays: fused in place, and eagerly by the rule itself, which is the oracle."""

import jax
import numpy as np

from slalom.rules import Leaves
from slalom.rules.state import of_leaf

EXACT = {"float32": 2e-6, "float64": 2e-13}
"""Relative to the size of what is compared: rounding alone, over some twenty steps."""


def begun(rule, xs):
    """The rule's states of some arrays; what they share is one array in all states."""
    states = rule.begin(xs) if xs else ()
    return mapped(np.array, [of_leaf(states, i) for i in range(len(xs))])


def mapped(function, states):
    """The states with other arrays, of which one that is shared stays one."""
    known = {}

    def other(array):
        if id(array) not in known:
            known[id(array)] = function(array)
        return known[id(array)]

    return jax.tree.map(other, states)


def eagerly(rule, xs, gs, states, t):
    """One step by the rule itself, over all arrays together: new arrays and states."""
    if not xs:
        return [], []
    with np.errstate(all="ignore"):
        before = _together(rule.begin(list(xs)), states)
        delta, new = rule.step(list(xs), list(gs), before, t)
        moved = [np.asarray(x + d) for x, d in zip(xs, delta, strict=True)]
    return moved, [of_leaf(new, i) for i in range(len(xs))]


def _together(like, states):
    """The states of all leaves as one of the tree, like another one."""
    if isinstance(like, Leaves):
        return Leaves(states)
    if not isinstance(like, tuple):
        return states[0]
    parts = [_together(one, [state[k] for state in states]) for k, one in enumerate(like)]
    return type(like)(*parts) if hasattr(like, "_fields") else tuple(parts)


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

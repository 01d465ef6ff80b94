"""JAX, with t and every hyperparameter traced and mapped, takes the paths of NumPy."""

import jax
import numpy as np
import pytest
from jax import enable_x64

from .running import FAST_COMPILE, gradients, leaves_as, path, scan, start
from .table import RULES

# Vector instructions and fused multiply-adds round otherwise, and the spring damps what they do.
TOLERANCE = 1e-12

mapped = jax.jit(jax.vmap(scan, in_axes=(0, None, None)), compiler_options=FAST_COMPILE)


def other(number):
    """Another legal value: zeros become 1/4, the rest a little smaller."""
    return number * 0.95 if number else 0.25


def varied(rule):
    """The rule, then one copy for each leaf with another value there."""
    leaves, tree = jax.tree.flatten(rule)
    copies = [
        jax.tree.unflatten(tree, [other(v) if i == k else v for i, v in enumerate(leaves)])
        for k in range(len(leaves))
    ]
    return [rule, *copies]


@pytest.mark.parametrize("text", RULES)
def test_every_hyperparameter_maps(text):
    rules, x, gs = varied(RULES[text]), start(), gradients()
    stacked = jax.tree.map(lambda *v: np.stack(v), *(leaves_as(r, np.float64) for r in rules))
    with enable_x64(True):
        together = np.asarray(mapped(stacked, x, gs))
    # the rule itself over all steps, its varieties over enough of them to differ
    for rule, found in zip(rules, together, strict=True):
        alone = path(rule, x, gs if rule is rules[0] else gs[:60])
        worst = np.max(np.abs(found[: len(alone)] - alone)) / np.max(np.abs(alone))
        assert worst < TOLERANCE, rule

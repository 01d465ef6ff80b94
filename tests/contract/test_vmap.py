"""Many hyperparameter values at once give what each value gives alone."""

import jax
import numpy as np
import pytest
from jax import enable_x64

from .running import compiled, gradients, leaves_as, scan, start
from .table import RULES


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
    return [leaves_as(r, np.float64) for r in (rule, *copies)]


mapped = jax.jit(jax.vmap(scan, in_axes=(0, None, None)))


@pytest.mark.parametrize("text", RULES)
def test_every_hyperparameter_maps(text):
    rules, x, gs = varied(RULES[text]), start(), gradients()
    with enable_x64(True):
        together = np.asarray(mapped(jax.tree.map(lambda *v: np.stack(v), *rules), x, gs))
        alone = np.stack([compiled(rule, x, gs) for rule in rules])
    # the same formulas in vector instructions: fused multiply-adds may round otherwise
    assert np.max(np.abs(together - alone)) < 1e-12 * np.max(np.abs(alone))

"""Ends without a look at every gradient: outcomes are those of the whole paths."""

import jax.numpy as jnp
import numpy as np
import pytest

from slalom.descent import KINDS, descend
from slalom.lowering import lasting
from slalom.rules import chain, parse

from ..contract.table import RULES

SHOWN = """
adagrad(lr=0.5)
adagrad(lr=0.5, scaling=exp)
rmsprop(lr=0.05)
rmsprop(lr=0.05, momentum=0.8, nesterov=true, debias=true, centered=true, eps=0.01)
adadelta(initial_delta_value=1.0, lr=0.5)
adam(lr=0.05)
adam(lr=0.05, eps_hat=true, amsgrad=corrected, eps_inside=true)
nadam(lr=0.05)
adamw(lr=0.05, weight_decay=0.1)
lamb(lr=0.05)
average(0.9) | adam(lr=0.05)
lookahead(5, 0.5) | adam(lr=0.05)
schedule_free(0.9, warmup=5) | weight_decay(0.01, decoupled=true) | rmsprop(lr=0.05, debias=true)
adam(lr=cosine(0.1, steps=9))
"""
"""One of each rule for which no gradient is looked at."""
LISTED = [parse(text) for text in SHOWN.strip().splitlines()]
STEPS = 12


def hazards(p):
    """A root and an entropy, which end at 0, a power that overflows, and a pole by a flat floor."""
    root, share, power, pole = p
    floor = jnp.where(jnp.abs(pole) < 1, 0.0, 1 / (pole - 2.0))
    return jnp.sqrt(root) + share * jnp.log(share) + power**64 + power**2 + floor


SAFE = (50.0, 50.0, 0.1, 0.5)
SOME = {
    0: [0.0, 1e-3, 0.02, 0.3, -1.0],
    1: [0.0, 1e-300, 1e-3, 0.1, -1.0],
    2: [1e3, -1e4, 400.0, 300.0, 1e5, 3e4],
    3: [2.0, 2 + 1e-160, 2 - 1e-90, 1.9, 1e200],
}
STARTS = np.array(
    [SAFE] + [[*SAFE[:i], value, *SAFE[i + 1 :]] for i, values in SOME.items() for value in values]
)


def test_each_such_rule_is_here():
    shown = [rule for rule in RULES.values() if lasting(rule, "float64")]
    assert {chain(rule)[-1].name for rule in shown} == {chain(rule)[-1].name for rule in LISTED}


@pytest.mark.parametrize("rule", LISTED, ids=repr)
def test_outcomes_of_ends_are_those_of_paths(rule):
    runs = [descend(rule, hazards, starts=STARTS, steps=STEPS, path=path) for path in (True, False)]
    paths, ends = (run.outcome for run in runs)
    assert [KINDS[k] for k in ends.kind] == [KINDS[k] for k in paths.kind]
    assert ends.step.tolist() == paths.step.tolist()
    assert {"finished", "diverged", "left the domain"} <= {KINDS[k] for k in paths.kind}
    np.testing.assert_allclose(runs[1].position, runs[0].position, rtol=1e-9)

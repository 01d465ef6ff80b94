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
yogi(lr=0.05)
stable_adamw(lr=0.05)
adamw(lr=0.05, weight_decay=0.1)
lamb(lr=0.05)
average(0.9) | adam(lr=0.05)
lookahead(5, 0.5) | adam(lr=0.05)
schedule_free(0.9, warmup=5) | weight_decay(0.01, decoupled=true) | rmsprop(lr=0.05, debias=true)
adam(lr=cosine(0.1, steps=9))
"""
"""One of each rule for which no gradient is looked at, but for those that have Adam's v."""
WITH_ADAMS_V = (
    *("laprop", "qhadam", "adabound", "ademamix", "simplified_ademamix", "diffgrad", "radam"),
    "dadapt_adam",
)
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
    listed = {chain(rule)[-1].name for rule in LISTED} | {*WITH_ADAMS_V}
    assert {chain(rule)[-1].name for rule in shown} == listed


@pytest.mark.parametrize("name", WITH_ADAMS_V)
def test_the_average_of_squares_is_adams(name):
    """So that it shows a gradient that was not finite as Adam's does."""
    kept = []
    for rule in (parse(name), parse("adam")):
        rule, x = rule.replace(beta2=0.9), np.ones(2)
        state = rule.begin(x)
        for t, g in enumerate(([1.0, 2.0], [-3.0, 1e200]), start=1):
            with np.errstate(over="ignore", invalid="ignore"):
                _, state = rule.step(x, np.array(g), state, t)
        kept.append((lasting(rule, "float64"), state.v))
    assert kept[0][0] == kept[1][0] == "v"
    np.testing.assert_array_equal(kept[0][1], kept[1][1])


@pytest.mark.parametrize("rule", LISTED, ids=repr)
def test_outcomes_of_ends_are_those_of_paths(rule):
    runs = [descend(rule, hazards, starts=STARTS, steps=STEPS, path=path) for path in (True, False)]
    paths, ends = (run.outcome for run in runs)
    assert [KINDS[k] for k in ends.kind] == [KINDS[k] for k in paths.kind]
    assert ends.step.tolist() == paths.step.tolist()
    assert {"finished", "diverged", "left the domain"} <= {KINDS[k] for k in paths.kind}
    np.testing.assert_allclose(runs[1].position, runs[0].position, rtol=1e-9)

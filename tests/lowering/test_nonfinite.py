"""An entry that is said to show gradients that were not finite does so, whatever comes after."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from slalom.lowering import lasting
from slalom.lowering.tree import flat
from slalom.rules import Rule, hyper, namespace, parse, stepping
from slalom.rules.adam import AdamState
from slalom.rules.leaves import Leaves
from slalom.rules.vocabulary import ema, where, zeros

from ..contract.running import gradients, start
from ..contract.table import RULES

ENTRIES = {text: lasting(rule, "float64") for text, rule in RULES.items()}
SHOWN = [text for text, entry in ENTRIES.items() if entry is not None]
BAD = [math.nan, math.inf, -math.inf, 1.4e154, -1e300]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("adam", "v"),
        ("rmsprop(centered=true)", "E"),
        ("adagrad", "G"),
        ("average(0.9) | lamb", "rule.v"),
        ("adam(lr=cosine(0.1, steps=9))", "v"),
    ],
)
def test_averages_of_squares_show_what_was_not_finite(text, entry):
    assert lasting(parse(text), "float32") == lasting(parse(text), "float64") == entry


HIDING = """
momentum(0.1)
adamax
clip_value(1) | adam
clip_norm(1) | adam
weight_decay(0.1) | adam
adagrad(accumulate=abs)
noise(0.1) | adam
nesterov
novograd
partition(rest=adam())
"""


@pytest.mark.parametrize("text", HIDING.strip().splitlines())
def test_no_entry_of_these_is_sure_to(text):
    """Not that of a square that was never taken, of another gradient, or of the first step."""
    assert lasting(parse(text), "float64") is None


@dataclass(frozen=True)
class Renewed(Rule, name="renewed"):
    """Adam's averages, begun anew now and then, so that they forget what was not finite."""

    lr: float = hyper(0.01, "learning rate")
    decay: float = hyper(0.9, "decay of the averages", "[0, 1)")
    every: float = hyper(10, "steps between two beginnings", "[1, inf)")

    def init(self, x):
        return AdamState(zeros(x), zeros(x), None)

    def update(self, g, state, t):
        v = where(t % self.every == 0, g * g, ema(self.decay, state.v, g * g))
        return -self.lr * g / (namespace(g).sqrt(v) + 1e-8), AdamState(state.m, v, None)


def test_an_entry_that_may_begin_anew_is_not_sure_to():
    assert lasting(Renewed(), "float64") is None


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("text", SHOWN)
def test_the_entry_is_never_finite_again(text, bad):
    """Nor is it before, so that runs without such a gradient are not run again."""
    rule, x = RULES[text], Leaves([start(), start((2,))])
    state = stepping.begin(rule, x)
    for t, g in enumerate(gradients(40), start=1):
        g[1] = bad if t == 3 else 0.0 if t in (5, 6) else g[1]
        given = Leaves([g, gradients(1, (2,), seed=t)[0]])
        with np.errstate(all="ignore"):
            delta, state = stepping.step(
                rule, state, x, t, stepping.Offers(g=lambda given=given: given)
            )
            x = x + delta
        first, second = dict(flat(state))[ENTRIES[text]]
        assert np.isfinite(np.ravel(first)[[0, 2]]).all() or "lamb" in text
        assert np.isfinite(second).all()
        assert np.isfinite(first[1]) == (t < 3)

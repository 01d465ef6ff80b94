"""The generated text computes what the rule computes: every configuration, without compiling it."""

import numpy as np
import pytest

from ..contract.table import NO_GRAPH, RULES
from .interpreted import Interpreted
from .stepping import assert_same, begun, draw, eagerly

PASSES = (
    *("cautious", "clip_norm", "clip_step", "dadapt_adam", "dog", "dowg", "fromage", "lamb"),
    *("lars", "mars"),
    *("novograd", "prodigy", "stable_adamw", "trust_ratio"),
)
"""Take several passes over the elements, where single elements are stepped here."""
FUSED = [
    text
    for text, rule in RULES.items()
    if rule.needs == {"g"} and not any(name in text for name in (*PASSES, *NO_GRAPH))
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", FUSED)
def test_the_text_is_the_rule(text, dtype):
    rule, rng = RULES[text], np.random.default_rng(0)
    kernel = Interpreted(rule, dtype)
    [x] = xs = draw(rng, [(3,)], dtype)
    [state] = states = begun(rule, xs)
    for t in range(1, 8):
        [g] = gs = draw(rng, [(3,)], dtype)
        x, state = kernel.step(x, g, state, t)
        xs, states = eagerly(rule, xs, gs, states, t)
        assert_same([x, state], [xs, states], dtype)

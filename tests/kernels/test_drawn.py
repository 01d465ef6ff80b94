"""Rules drawn from all that are legal, with any numbers: fused, they take the eager step.

`make proofs` draws many more of them than the suite does.
"""

import jax
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from slalom.kernels import Stepper, why_not
from slalom.lowering import lowered, skeleton

from ..properties.strategies import rules
from .interpreted import Interpreted
from .layouts import Framed, layouts, shapes
from .stepping import assert_same, begun, draw, eagerly, mapped

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numbers at the limits

FUSABLE = rules.filter(lambda rule: why_not(rule, "float32") is None)
ONE_PASS = FUSABLE.filter(lambda rule: lowered(skeleton(rule), "float32").passes == 1)
DTYPES = st.sampled_from(["float32", "float64"])
TIMES = st.integers(1, 2000)
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # to shrink would compile for minutes
SEEDS = st.integers(0, 99)


def warmed(rule, xs, rng, t):
    """States as they are after some ordinary steps, every entry an array of its own."""
    states = begun(rule, xs)
    for before in range(max(t - 2, 1), t):
        _, states = eagerly(rule, xs, draw(rng, [x.shape for x in xs], xs[0].dtype), states, before)
    return mapped(np.array, states)


@settings(max_examples=8 * settings.default.max_examples, phases=PHASES)
@given(ONE_PASS, DTYPES, TIMES, SEEDS)
def test_the_text_of_any_rule_is_the_rule(rule, dtype, t, seed):
    """Without compiling it."""
    rng = np.random.default_rng(seed)
    [x] = xs = draw(rng, [(3,)], dtype)
    [g] = gs = draw(rng, [(3,)], dtype)
    [state] = states = warmed(rule, xs, rng, t)
    found = Interpreted(rule, dtype).step(x, g, state, t)
    assert_same(found, eagerly(rule, xs, gs, states, t), dtype)


@settings(max_examples=settings.default.max_examples // 4, phases=PHASES)
@given(st.data(), FUSABLE, DTYPES, TIMES, SEEDS)
def test_any_rule_compiled_on_any_layout(data, rule, dtype, t, seed):
    """Every element of the views is stepped, and nothing outside them is touched."""
    rng = np.random.default_rng(seed)
    sizes = data.draw(st.lists(shapes, min_size=1, max_size=4))
    xs, gs = draw(rng, sizes, dtype), draw(rng, sizes, dtype)
    states = warmed(rule, xs, rng, t)

    def framed(array):
        return Framed(array, *data.draw(layouts(array.ndim)))

    frames = mapped(framed, (xs, gs, states))
    views = jax.tree.map(lambda f: f.view, frames)
    Stepper(rule, dtype).step(*views, t, threads=data.draw(st.integers(1, 3)))
    assert_same([views[0], views[2]], eagerly(rule, xs, gs, states, t), dtype)
    assert_same(views[1], gs, dtype, slack=0)
    assert all(frame.is_intact for frame in jax.tree.leaves(frames))

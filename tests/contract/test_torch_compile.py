"""The rules are lines that `torch.compile` takes whole."""

import pytest
import torch

from slalom.rules import parse, stepping
from slalom.rules.leaves import Leaves

from .running import gradients, start, step


@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a `functools.lru_cache`:UserWarning")
@pytest.mark.parametrize(
    "text",
    [
        "adam(lr=0.1)",
        "nesterov(lr=0.1)",
        "adam(lr=exponential(0.1, rate=0.01), amsgrad=corrected)",
        "clip_norm(0.5) | weight_decay(0.1, decoupled=true) | rmsprop(momentum=0.9)",
        "average(0.9) | smoothed_nesterov(lr=0.1)",
    ],
)
def test_a_compiled_step_is_the_eager_step(text):
    """fullgraph: a part that Dynamo cannot trace raises; the backend runs what it traced."""
    rule = parse(text)
    torch.compiler.reset()

    def one(g, state, x, t):
        return step(rule, g, state, x, t)

    compiled = torch.compile(one, backend="eager", fullgraph=True, dynamic=False)
    x = Leaves([torch.tensor(start())])
    state = eager_state = stepping.begin(rule, x)
    for t, g in enumerate(torch.tensor(gradients(3)), start=1):
        delta, state = compiled(Leaves([g]), state, x, t)
        expected, eager_state = one(Leaves([g]), eager_state, x, t)
        assert torch.allclose(delta[0], expected[0], rtol=1e-13, atol=0)
        x = x + delta

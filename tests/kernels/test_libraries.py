"""Fused steps against the real optimizers of PyTorch, and a user's own rule."""

import numpy as np
import pytest
import torch

from slalom.kernels import Stepper
from slalom.rules import parse

from ..contract.table import SignDescent
from .stepping import assert_same, begun, draw

PEERS = {
    "adam(lr=0.1)": (torch.optim.Adam, {"lr": 0.1}),
    "weight_decay(0.01, decoupled=true) | adam(lr=0.1, amsgrad=true)": (
        torch.optim.AdamW,
        {"lr": 0.1, "amsgrad": True},
    ),
    "momentum(lr=0.1, lr_inside=false)": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "nadam(lr=0.1)": (torch.optim.NAdam, {"lr": 0.1}),
}
SHAPES = [(5, 3), (), (7,)]


@pytest.fixture
def float64_by_default():
    """Else PyTorch's NAdam keeps its product of momenta in float32."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.usefixtures("float64_by_default")
@pytest.mark.parametrize("text", PEERS)
def test_fused_steps_are_those_of_pytorch(text):
    make, options = PEERS[text]
    rule, rng = parse(text), np.random.default_rng(0)
    xs = draw(rng, SHAPES, "float64")
    params = [torch.nn.Parameter(torch.tensor(x)) for x in xs]
    optimizer, stepper, states = make(params, **options), Stepper(rule, "float64"), begun(rule, xs)
    for t in range(1, 51):
        gs = draw(rng, SHAPES, "float64")
        for p, g in zip(params, gs, strict=True):
            p.grad = torch.tensor(g)
        optimizer.step()
        stepper.step(xs, gs, states, t)
    assert_same(xs, [p.detach().numpy() for p in params], "float64", slack=5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_rule_of_ones_own(dtype):
    """The share of the last gradient decides the sign at the second step."""
    rule = SignDescent(lr=0.25, share=0.5, twice=True)
    x, first, second = (np.array(v, dtype) for v in ([0, 0, 0], [4, -4, np.nan], [-1, -1, 1]))
    states, stepper = begun(rule, [x]), Stepper(rule, dtype)
    stepper.step([x], [first], states, 1)
    assert x.tolist()[:2] == [-0.5, 0.5]
    stepper.step([x], [second], states, 2)
    assert x.tolist()[:2] == [-1.0, 1.0]
    assert np.isnan(x[2])
    assert np.array_equal(states[0].last, second)

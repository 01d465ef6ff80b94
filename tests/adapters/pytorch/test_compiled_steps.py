"""Steps under torch.compile; Dynamo traces, and the "eager" backend runs what it traced."""

import pytest
import torch
from torch._dynamo.utils import counters
from torch.optim.lr_scheduler import ExponentialLR

from slalom.torch import Optimizer

from .training import closure_for, network, train


@pytest.fixture
def graphs(monkeypatch):
    """How many graphs were made since the test began."""
    whole = torch.compile
    monkeypatch.setattr(torch, "compile", lambda f, **k: whole(f, **{**k, "backend": "eager"}))
    torch.compiler.reset()
    counters.clear()
    return lambda: counters["stats"]["unique_graphs"]


@pytest.mark.parametrize(
    "text",
    [
        "clip_norm(0.1) | adamw(lr=0.01)",
        "nadam(lr=0.01)",
        "sgd(lr=0.1, momentum=0.9, dampening=0.3)",
    ],
)
def test_a_changing_rate_does_not_compile_again(graphs, text):
    ours, theirs = network(), network()
    compiled = Optimizer(ours.parameters(), text, compile=True)
    eager = Optimizer(theirs.parameters(), text, compile=False)
    expected = train(theirs, eager, 12, ExponentialLR(eager, 0.8))
    found = train(ours, compiled, 12, ExponentialLR(compiled, 0.8))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
    assert graphs() == 1


def test_another_changing_number_compiles_once_more(graphs):
    ours, theirs = network(), network()
    compiled = Optimizer(ours.parameters(), "adam(lr=0.01)", compile=True)
    eager = Optimizer(theirs.parameters(), "adam(lr=0.01)", compile=False)
    for t in range(6):
        for optimizer in (compiled, eager):
            optimizer.param_groups[0]["beta1"] = 0.9 - 0.01 * t
        found, expected = train(ours, compiled, 1), train(theirs, eager, 1)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
    assert graphs() == 2


def test_the_fallback_is_said_once(monkeypatch):
    def no_compiler(*args, **kwargs):
        def refuse(*args):
            raise RuntimeError("no C++ compiler\nand a long trace")

        return refuse

    monkeypatch.setattr(torch, "compile", no_compiler)
    ours, theirs = network(), network()
    optimizer = Optimizer(ours.parameters(), "adam(lr=0.01)", compile=True)
    with pytest.warns(UserWarning, match=r"eagerly.*no C\+\+ compiler$") as said:
        optimizer.step(closure_for(ours, optimizer))
    assert len(said) == 1
    found = train(ours, optimizer, 4)
    peer = torch.optim.Adam(theirs.parameters(), 0.01)
    torch.testing.assert_close(found, train(theirs, peer, 5), rtol=1e-9, atol=1e-12)

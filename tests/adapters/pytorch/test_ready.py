"""A step that is taken like the one before it still sees whatever has changed since."""

import pytest
import torch

from slalom import SlalomError
from slalom.torch import Optimizer

RULE = "gradient_descent(lr=1.0)"


def weight(value=0.0):
    p = torch.nn.Parameter(torch.full((2,), value))
    p.grad = torch.ones(2)
    return p


@pytest.fixture
def ready():
    """An optimizer that has taken two steps without a closure, and its parameter, at -2."""
    p = weight()
    optimizer = Optimizer([p], RULE)
    for _ in range(2):
        optimizer.step()
    assert p.tolist() == [-2.0, -2.0]
    return optimizer, p


def test_a_group_that_was_added(ready):
    optimizer, p = ready
    q = weight()
    optimizer.add_param_group({"params": [q], "lr": 0.5})
    optimizer.step()
    assert (p[0].item(), q[0].item()) == (-3.0, -0.5)


def test_a_group_that_was_replaced(ready):
    optimizer, p = ready
    optimizer.param_groups[0] = type(optimizer.param_groups[0])(optimizer.param_groups[0], lr=3.0)
    optimizer.step()
    assert p[0].item() == -5.0


def test_a_parameter_that_was_replaced(ready):
    optimizer, p = ready
    q = weight()
    optimizer.param_groups[0]["params"][0] = q
    optimizer.step()
    assert (p[0].item(), q[0].item()) == (-2.0, -1.0)


def test_parameters_at_the_points_to_judge(ready):
    optimizer, p = ready
    optimizer.eval()
    with pytest.raises(SlalomError, match="call train"):
        optimizer.step()
    optimizer.train()
    optimizer.step()
    assert p[0].item() == -3.0


def test_another_way_to_step(ready, monkeypatch):
    """`compile` may be set between steps, as it may be given at the beginning."""
    optimizer, p = ready
    optimizer.compile = False
    monkeypatch.setattr("slalom.torch.fused.Fused.stepper", lambda *_: pytest.fail("fused"))
    monkeypatch.setattr("slalom.kernels.Stepper.prepared", lambda *_, **__: pytest.fail("fused"))
    optimizer.step()
    assert p[0].item() == -3.0

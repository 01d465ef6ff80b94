"""Parameters and gradients whose memory is not what it was, and states that go by the shape."""

from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch

from slalom.errors import SlalomError
from slalom.rules import Rule, hyper
from slalom.torch import Optimizer


def stepped(change, **options):
    """A parameter after one step, a change of its memory, and two more."""
    draws = torch.Generator().manual_seed(0)
    base = torch.randn(4, 4, generator=draws)
    w = torch.nn.Parameter(base.clone())
    optimizer = Optimizer([w], "adam(lr=0.1)", **options)
    for step in range(3):
        w.grad = torch.randn(w.shape, generator=draws)
        if step == 1:
            change(w)
        optimizer.step()
    return w.detach()


def turn(w):
    w.data = w.data.t()


def without_memory(w):
    w.grad = torch._efficientzerotensor(w.shape)


@pytest.mark.parametrize("change", [turn, without_memory])
def test_as_in_the_eager_step(change):
    torch.testing.assert_close(stepped(change), stepped(change, compile=False))


def test_a_view_with_other_strides_at_the_same_address():
    base = torch.zeros(10)
    w = torch.nn.Parameter(base[:5])
    optimizer = Optimizer([w], "sgd(lr=1)")
    for place in (base[:5], base[0:10:2]):
        w.data = place
        w.grad = torch.ones(5)
        optimizer.step()
    assert base.tolist() == [-2, -1, -2, -1, -2, 0, -1, 0, -1, 0]


class Rows(NamedTuple):
    """The sum of squares, of each row where there are rows."""

    rows: object
    full: object


@dataclass(frozen=True)
class Factored(Rule, name="factored_for_a_test"):
    """Divides matrices by the size of their rows."""

    lr: float = hyper(0.1, "learning rate")

    def init(self, x):
        return Rows(x.sum(-1) * 0, None) if x.ndim == 2 else Rows(None, x * 0)

    def update(self, g, state, x):
        if x.ndim == 2:
            rows = state.rows + (g * g).sum(-1)
            return -self.lr * g / rows.sqrt()[:, None], Rows(rows, None)
        full = state.full + g * g
        return -self.lr * g / full.sqrt(), Rows(None, full)


def test_a_state_that_goes_by_the_shape():
    params = [torch.nn.Parameter(torch.zeros(2, 4)), torch.nn.Parameter(torch.zeros(3))]
    for p in params:
        p.grad = torch.full_like(p, 2.0)
    Optimizer(params, Factored()).step()
    torch.testing.assert_close(params[0].detach(), torch.full((2, 4), -0.05))
    torch.testing.assert_close(params[1].detach(), torch.full((3,), -0.1))


def test_a_rate_that_is_no_number():
    w = torch.nn.Parameter(torch.zeros(2))
    w.grad = torch.ones(2)
    optimizer = Optimizer([w], "adam")
    optimizer.step()
    optimizer.param_groups[0]["lr"] = torch.tensor([0.1, 0.2])
    with pytest.raises(SlalomError, match=r"one number, got a tensor of shape \(2,\)"):
        optimizer.step()

"""Rules that ask for more than the gradient where the parameters are."""

from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch

from slalom import Rule, SlalomError, hyper
from slalom.torch import Optimizer

START = [8.0, -4.0]


class Watched:
    """1.5 x² summed, which notes where it was asked."""

    def __init__(self, dtype=torch.float64):
        self.x = torch.nn.Parameter(torch.tensor(START, dtype=dtype))
        self.seen = []

    def __call__(self):
        self.seen.append(self.x.detach().clone())
        self.x.grad = None
        loss = 1.5 * (self.x * self.x).sum()
        loss.backward()
        return loss


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("nesterov(lr=0.1, momentum=0.9)", [1.0]),
        ("smoothed_nesterov(lr=0.1, momentum=0.9, points=(0.5, 0.75, 1), weights=(1, 2, 4))", None),
    ],
)
def test_where_the_closure_sees_the_parameters(text, ahead):
    """At x - c momentum v, with v from the closed form of a linear gradient, 3 x."""
    points, weights = ([1.0], [1.0]) if ahead else ([0.5, 0.75, 1.0], [1 / 7, 2 / 7, 4 / 7])
    watched = Watched()
    optimizer = Optimizer([watched.x], text)
    x, v, expected = torch.tensor(START, dtype=torch.float64), 0.0, []
    reach = 0.9 * sum(w * c for w, c in zip(weights, points, strict=True))
    for _ in range(4):
        expected += [x - c * 0.9 * v for c in points]
        v = 0.9 * v + 0.1 * 3 * (x - reach * v)  # the mean of a linear gradient is at the mean
        x = x - v
        optimizer.step(watched)
    assert len(watched.seen) == 4 * len(points)
    torch.testing.assert_close(torch.stack(watched.seen), torch.stack(expected))
    torch.testing.assert_close(watched.x.detach(), x)


def test_a_plain_rule_calls_the_closure_once_and_returns_its_loss():
    watched = Watched()
    loss = Optimizer([watched.x], "adam(lr=0.1)").step(watched)
    assert len(watched.seen) == 1
    assert loss.item() == 1.5 * (8**2 + 4**2)


def test_the_shifted_form_needs_no_closure():
    watched = Watched()
    watched()
    Optimizer([watched.x], "nesterov(lr=0.1, shifted=true)", compile=False).step()
    torch.testing.assert_close(watched.x[0].item(), 8 - 1.9 * 0.1 * 24)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_parameters_are_back_when_the_closure_fails(dtype):
    watched = Watched(dtype)
    optimizer = Optimizer([watched.x], "nesterov(lr=0.1)", state_dtype=torch.float32)
    optimizer.step(watched)
    before, state = watched.x.detach().clone(), optimizer.state[watched.x]["v"].clone()

    def failing():
        assert not torch.equal(watched.x, before), "it stands at the look-ahead"
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        optimizer.step(failing)
    assert torch.equal(watched.x, before)
    assert torch.equal(optimizer.state[watched.x]["v"], state)
    assert optimizer.state[watched.x]["step"] == 1


@dataclass(frozen=True)
class PolyakStep(Rule, name="polyak_step"):
    """Halves the distance to the minimum of a parabola, and less than that else."""

    def update(self, g, loss, state):
        return -(loss / (g * g).sum()) * g, state


@dataclass(frozen=True)
class Midpoint(Rule, name="midpoint"):
    coupled = True

    lr: float = hyper(0.25, "learning rate")

    def update(self, g, grad, x, state):
        return -self.lr * grad(x - self.lr * g), state


def test_a_rule_that_needs_the_loss():
    watched = Watched()
    Optimizer([watched.x], PolyakStep()).step(watched)
    torch.testing.assert_close(watched.x.detach(), torch.tensor(START, dtype=torch.float64) / 2)


def test_a_rule_that_asks_for_a_second_gradient():
    """x - lr 3 (x - lr 3 x) = x (1 - 3 lr + 9 lr²)."""
    watched = Watched()
    Optimizer([watched.x], Midpoint()).step(watched)
    factor = 1 - 0.75 + 0.75**2
    torch.testing.assert_close(watched.x.tolist(), [8 * factor, -4 * factor])


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("nesterov", r"step\(closure\).*shifted=true"),
        ("clip_norm(1) | smoothed_nesterov", r"smoothed_nesterov asks.*step\(closure\)"),
        (PolyakStep(), r"polyak_step needs the loss: .*step\(closure\)"),
        ("clip_norm(1) | momo", r"^momo needs the loss: .*step\(closure\)"),
        ("sophia", r"^sophia needs products with the Hessian: .*step\(closure\)"),
        ("sam | adam", r"^sam asks for gradients away .*step\(closure\)"),
        (Midpoint(), r"midpoint asks for gradients away from the parameters.*step\(closure\)"),
    ],
)
def test_without_a_closure(rule, message):
    watched = Watched()
    watched()
    with pytest.raises(SlalomError, match=message):
        Optimizer([watched.x], rule).step()
    assert watched.x.tolist() == START


def test_groups_that_look_at_different_numbers_of_points():
    watched, other = Watched(), torch.nn.Parameter(torch.zeros(1))
    groups = [{"params": [watched.x]}, {"params": [other], "points": (1.0,)}]
    with pytest.raises(SlalomError, match="points must be the same in all parameter groups"):
        Optimizer(groups, "smoothed_nesterov").step(watched)


class LastTwo(NamedTuple):
    last: object
    before: object


@dataclass(frozen=True)
class Remembering(Rule, name="remembering"):
    """Hands its entries on, and keeps the parameter itself."""

    def init(self, x):
        return LastTwo(x, x)

    def update(self, g, state, x):
        return -g, LastTwo(x, state.last)


@pytest.mark.parametrize("fused", [True, False])
def test_a_state_made_of_old_entries_and_the_parameter(fused):
    p = torch.nn.Parameter(torch.tensor([0.0]))
    optimizer = Optimizer([p], Remembering(), compile=None if fused else False)
    for _ in range(3):
        p.grad = torch.ones(1)
        optimizer.step()
    assert p.item() == -3
    assert optimizer.state[p]["last"].item() == -2
    assert optimizer.state[p]["before"].item() == -1


def test_evaluate_swaps_the_average_in():
    p = torch.nn.Parameter(torch.tensor([4.0]))
    optimizer = Optimizer([p], "average(0.75) | gradient_descent(lr=1)")
    for _ in range(2):
        p.grad = torch.ones(1)
        optimizer.step()
    with optimizer.evaluate():
        assert p.item() == 0.75 * (0.75 * 4 + 0.25 * 3) + 0.25 * 2
        with pytest.raises(SlalomError, match="at the points to judge"):
            optimizer.step()
    assert p.item() == 2.0
    fresh = Optimizer([p], "average(0.75) | gradient_descent(lr=1)")
    fresh.eval()  # of no step the average is the parameter itself
    with pytest.raises(SlalomError, match=r"call train\(\) after eval\(\)"):
        fresh.step()
    fresh.train()
    fresh.step()
    assert p.item() == 1.0
    optimizer.step()
    assert p.item() == 0.0
    with pytest.raises(KeyError), optimizer.evaluate():
        raise KeyError
    assert p.item() == 0.0

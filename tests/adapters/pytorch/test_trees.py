"""What couples parameters: over all groups of a form, with what they share in the groups."""

import copy
from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch

from slalom import SlalomError
from slalom.rules import (
    Adam,
    Average,
    ClipNorm,
    GradientDescent,
    Momentum,
    Partition,
    Rule,
    Wrapper,
    hyper,
)
from slalom.rules.leaves import dot, norm
from slalom.rules.vocabulary import one, sqrt
from slalom.torch import Optimizer

from .training import loss_of, network, train, vector


def weight(*values):
    return torch.nn.Parameter(torch.tensor(values, dtype=torch.float64))


class Energy(NamedTuple):
    total: object


@dataclass(frozen=True)
class AdaGradNorm(Rule, name="adagrad_norm"):
    """One rate for all parameters: lr / sqrt(the sum of all squared gradients so far)."""

    coupled = True

    lr: float = hyper(1.0, "learning rate")

    def init(self, x):
        return Energy(0 * one(x))

    def update(self, g, state):
        total = state.total + dot(g, g)
        return -self.lr * g / sqrt(total), Energy(total)


GRADIENTS = [([3.0, 0.0], [4.0]), ([0.0, 6.0], [8.0])]
"""Of norms 5 and 10: the sum of squares is 25, then 125."""
EXPECTED = [
    [-3 / 5, -6 / 125**0.5, -4 / 5 - 8 / 125**0.5],
    [-3 / 5, -6 / 125**0.5, 10 * (-4 / 5 - 8 / 125**0.5)],
]
"""Where both end from 0 at a rate of 1, and where the second has a rate of 10."""


def stepped(optimizer, a, b, gradients=GRADIENTS):
    for ga, gb in gradients:
        a.grad = torch.tensor(ga, dtype=torch.float64)
        b.grad = torch.tensor(gb, dtype=torch.float64)
        optimizer.step()
    return torch.cat([a, b]).tolist()


@pytest.mark.parametrize("compile_", [None, False])
@pytest.mark.parametrize("rate", [1.0, 10.0])
def test_groups_share_a_number(rate, compile_):
    a, b = weight(0.0, 0.0), weight(0.0)
    groups = [{"params": [a]}, {"params": [b], "lr": rate}]
    optimizer = Optimizer(groups, AdaGradNorm(), compile=compile_)
    found = stepped(optimizer, a, b)
    assert found == pytest.approx(EXPECTED[rate != 1.0], rel=1e-14)
    assert [group["state.total"].item() for group in optimizer.param_groups] == [125.0, 125.0]
    assert optimizer.param_groups[0]["state.total"].shape == ()
    assert set(optimizer.state[a]) == {"step"}


def test_groups_of_another_form_share_nothing():
    a, b = weight(0.0, 0.0), weight(0.0)
    groups = [{"params": [a]}, {"params": [b], "rule": "sgd(lr=0.5)"}]
    optimizer = Optimizer(groups, AdaGradNorm())
    assert stepped(optimizer, a, b) == pytest.approx([-1.0, -6 / 45**0.5, -6.0])
    assert "state.total" not in optimizer.param_groups[1]
    assert [rule.name for rule in optimizer.rules()] == ["adagrad_norm", "gradient_descent"]


def test_shared_numbers_are_saved():
    def made():
        a, b = weight(0.0, 0.0), weight(0.0)
        return a, b, Optimizer([{"params": [a]}, {"params": [b], "lr": 10.0}], AdaGradNorm())

    a, b, optimizer = made()
    stepped(optimizer, a, b, GRADIENTS[:1])
    saved = optimizer.state_dict()
    c, d, resumed = made()
    resumed.load_state_dict(saved)
    with torch.no_grad():
        c.copy_(a)
        d.copy_(b)
    assert stepped(resumed, c, d, GRADIENTS[1:]) == pytest.approx(EXPECTED[1], rel=1e-14)
    assert saved["param_groups"][0]["state.total"].item() == 25.0, "it is a copy"
    bad = copy.deepcopy(saved)
    bad["param_groups"][0]["state.total"] = torch.zeros(2)
    with pytest.raises(SlalomError, match=r"another shape: total has \(2,\)"):
        resumed.load_state_dict(bad)


def test_a_parameter_without_a_gradient_stays_out_of_the_sum():
    a, b = weight(0.0, 0.0), weight(0.0)
    optimizer = Optimizer([a, b], AdaGradNorm())
    a.grad = torch.tensor([3.0, 4.0], dtype=torch.float64)
    optimizer.step()
    assert a.tolist() == [-0.6, -0.8]
    assert b.item() == 0.0
    assert b not in optimizer.state


class Count(NamedTuple):
    slow: object


@dataclass(frozen=True)
class EverySecond(Wrapper, name="every_second"):
    """Lets the rule inside move the parameters at even steps of the tree only."""

    def update(self, state, t, step):
        return step() * (t % 2 == 0), state


def test_what_couples_goes_by_the_count_of_the_tree():
    """Each parameter takes every other step, and is at its own first when the tree is at 2."""
    a, b = weight(0.0), weight(0.0)
    optimizer = Optimizer([a, b], EverySecond() | GradientDescent(1.0))
    for t in range(1, 5):
        a.grad, b.grad = (torch.ones_like(a), None) if t % 2 else (None, torch.ones_like(b))
        optimizer.step()
    assert (a.item(), b.item()) == (0.0, -2.0)
    assert (optimizer.state[a]["step"], optimizer.state[b]["step"]) == (2, 2)
    assert optimizer.param_groups[0]["state.step"] == 4
    twin = copy.deepcopy(optimizer)
    twin.load_state_dict(optimizer.state_dict())
    assert twin.param_groups[0]["state.step"] == 4


def bowl(a, b, seen=None):
    """½ (3 a² + b²) and ab, with its gradients left in place."""

    def closure(backward=True):
        a.grad = b.grad = None
        if seen is not None:
            seen.append((a.item(), b.item()))
        loss = 1.5 * a**2 + 0.5 * b**2 + a * b
        if backward:
            loss.backward()
        return loss

    return closure


@dataclass(frozen=True)
class Newton(Rule, name="newton_step"):
    """A step along g that minimizes a parabola: g·g / g·Hg."""

    coupled = True

    def update(self, g, hvp, state):
        return -(dot(g, g) / dot(g, hvp(g))) * g, state


@pytest.mark.parametrize("exact", [True, False])
def test_products_with_the_hessian(exact):
    """H = [[3, 1], [1, 1]] over two groups; g = (4, 2): g·g = 20, Hg = (14, 6), g·Hg = 68."""
    a, b = weight(1.0), weight(1.0)
    optimizer = Optimizer([{"params": [a]}, {"params": [b]}], Newton())
    closure = bowl(a, b)
    optimizer.step((lambda: closure(backward=False)) if exact else closure)
    expected = [1 - 20 / 68 * 4, 1 - 20 / 68 * 2]
    assert [a.item(), b.item()] == pytest.approx(expected, rel=1e-14 if exact else 1e-8)
    assert (a.grad.item(), b.grad.item()) == (4.0, 2.0)


@dataclass(frozen=True)
class Backtracking(Rule, name="backtracking"):
    """Halves the rate until the loss falls."""

    coupled = True

    lr: float = hyper(1.0, "learning rate")

    def update(self, g, loss, value, x, state):
        rate = self.lr
        while value(x - rate * g) >= loss:
            rate = rate / 2
        return -rate * g, state


def test_the_loss_at_other_points():
    """From (1, 1), loss 3: at rates 1 and 1/2 the losses are 17 and 1.5·1 + 0 - 0 = 1.5."""
    a, b, seen = weight(1.0), weight(1.0), []
    Optimizer([a, b], Backtracking()).step(bowl(a, b, seen))
    assert seen == [(1.0, 1.0), (-3.0, -1.0), (-1.0, 0.0)]
    assert (a.item(), b.item()) == (-1.0, 0.0)


@dataclass(frozen=True)
class Climbing(Wrapper, name="climbing"):
    """The gradient where the gradient leads to."""

    rho: float = hyper(0.5, "how far to climb")

    def update(self, g, grad, state, x, step):
        return step(grad(x + self.rho * g / norm(g))), state


def test_a_gradient_where_another_one_says():
    """g = (4, 2), of norm sqrt(20); the gradient there is H (1, 1) + 0.5 H g / |g|."""
    a, b = weight(1.0), weight(1.0)
    rule = Climbing() | GradientDescent(0.1)
    Optimizer([{"params": [a]}, {"params": [b], "lr": 0.2}], rule).step(bowl(a, b))
    shift = 0.5 / 20**0.5
    expected = [1 - 0.1 * (4 + 14 * shift), 1 - 0.2 * (2 + 6 * shift)]
    assert [a.item(), b.item()] == pytest.approx(expected, rel=1e-14)


PARTED = Partition(matrices=Momentum(lr=0.1), vectors=GradientDescent(lr=0.2))


def test_a_partition_is_groups():
    model = network()
    optimizer = Optimizer(model.named_parameters(), PARTED)
    assert [group["part"] for group in optimizer.param_groups] == ["matrices", "vectors"]
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.2]
    assert [len(group["params"]) for group in optimizer.param_groups] == [2, 2]
    assert "momentum" not in optimizer.param_groups[1]
    assert optimizer.param_groups[0]["param_names"] == ["0.weight", "2.weight"]


@pytest.mark.parametrize("compile_", [None, False])
@pytest.mark.parametrize("clipped", [False, True])
def test_a_partition_trains_as_two_optimizers(clipped, compile_):
    ours, theirs = network(), network()
    rule = ClipNorm(0.5) | PARTED if clipped else PARTED
    optimizer = Optimizer(ours.named_parameters(), rule, compile=compile_)
    optimizer.param_groups[1]["lr"] = 0.3
    matrices = torch.optim.SGD([theirs[0].weight, theirs[2].weight], lr=0.1, momentum=0.9)
    vectors = torch.optim.SGD([theirs[0].bias, theirs[2].bias], lr=0.3)
    found = train(ours, optimizer, 15)
    for _ in range(15):
        theirs.zero_grad()
        loss_of(theirs).backward()
        if clipped:
            total = torch.nn.utils.get_total_norm([p.grad for p in theirs.parameters()])
            for p in theirs.parameters():
                p.grad.mul_(min(1.0, 0.5 / total.item()))
        matrices.step()
        vectors.step()
    torch.testing.assert_close(found, vector(theirs), rtol=1e-12, atol=1e-14)


def test_a_partition_is_saved_and_resumed():
    rule = Average(0.9) | PARTED
    model = network()
    optimizer = Optimizer(model.named_parameters(), rule)
    train(model, optimizer, 4)
    other = copy.deepcopy(model)
    resumed = Optimizer(other.named_parameters(), rule)
    resumed.load_state_dict(optimizer.state_dict())
    assert torch.equal(train(other, resumed, 4), train(model, optimizer, 4))


BAD = {
    "no rule for 0.bias of shape .6,., a vector: give vectors=… or rest=…": (
        Partition(matrices=Adam()),
        None,
    ),
    "roles: '.*gain' matches no parameter; the names begin with 0.weight": (
        PARTED,
        {"*gain": "vector"},
    ),
    "0.weight: unknown role 'matrixx'; did you mean matrix": (PARTED, {"0.*": "matrixx"}),
}


@pytest.mark.parametrize("message", BAD)
def test_partitions_that_do_not_fit(message):
    rule, roles = BAD[message]
    with pytest.raises(SlalomError, match=message) as caught:
        Optimizer(network().named_parameters(), rule, roles=roles)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("roles", [{"2.weight": "vector"}, lambda n, s: "vector" * (n[0] == "2")])
def test_roles_of_ones_own(roles):
    optimizer = Optimizer(network().named_parameters(), PARTED, roles=roles)
    names = [group["param_names"] for group in optimizer.param_groups]
    assert names == [["0.weight"], ["0.bias", "2.weight", "2.bias"]]


def test_eval_and_train():
    """The average of 4 and 3 with decay 0.75, and the mode in the state dict."""
    p = weight(4.0)
    optimizer = Optimizer([p], "average(0.75) | sgd(lr=1)")
    p.grad = torch.ones_like(p)
    optimizer.step()
    optimizer.eval()
    optimizer.eval()
    assert p.item() == 3.75
    with pytest.raises(SlalomError, match="call train"):
        optimizer.step()
    q = weight(3.75)
    resumed = Optimizer([q], "average(0.75) | sgd(lr=1)")
    resumed.load_state_dict(optimizer.state_dict())
    assert resumed.is_judging
    for parameter, one_ in ((p, optimizer), (q, resumed)):
        one_.train()
        assert parameter.item() == 3.0
        parameter.grad = torch.ones_like(parameter)
        one_.step()
        assert parameter.item() == 2.0


def test_a_checkpoint_of_the_old_form_is_read():
    """It kept the share of an average with each parameter."""
    a, b = weight(4.0), weight(2.0)
    optimizer = Optimizer([a, b], "average(0.75) | sgd(lr=1)")
    for p in (a, b):
        p.grad = torch.ones_like(p)
    optimizer.step()
    saved = optimizer.state_dict()
    kept = saved["param_groups"][0].pop("state.kept")
    for state in saved["state"].values():
        state["kept"] = kept.clone()
    resumed = Optimizer([a, b], "average(0.75) | sgd(lr=1)")
    resumed.load_state_dict(saved)
    assert resumed.param_groups[0]["state.kept"].item() == 0.75
    assert set(resumed.state[a]) == {"step", "average"}
    with resumed.evaluate():
        assert (a.item(), b.item()) == (3.75, 1.75)

"""torch.compile around a step, or around a whole training step: a graph break, the same numbers."""

import copy

import pytest
import torch

from slalom.torch import Optimizer

from .training import closure_for, loss_of, network, vector

# what PyTorch's compiler says of its own looking at tensors
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")

RULES = ["adam(lr=0.01)", "average(0.9) | clip_norm(0.5) | momentum(lr=0.01)"]


def whole(model, optimizer):
    def training_step():
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return training_step


def with_closure(model, optimizer):
    return lambda: optimizer.step(closure_for(model, optimizer))


def step_alone(model, optimizer):
    compiled = torch.compile(lambda: optimizer.step(), backend="eager")

    def training_step():
        optimizer.zero_grad()
        loss_of(model).backward()
        compiled()

    return training_step


def with_evaluation(model, optimizer):
    take = whole(model, optimizer)

    def training_step():
        take()
        optimizer.eval()
        loss = loss_of(model).detach()
        optimizer.train()
        return loss

    return training_step


def with_a_scheduler(model, optimizer):
    take = whole(model, optimizer)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)

    def training_step():
        loss = take()
        scheduler.step()
        return loss

    return training_step


def with_a_checkpoint(model, optimizer):
    take = whole(model, optimizer)

    def training_step():
        loss = take()
        optimizer.load_state_dict(optimizer.state_dict())
        return loss

    return training_step


WAYS = [whole, with_closure, step_alone, with_evaluation, with_a_scheduler, with_a_checkpoint]


@pytest.fixture(autouse=True)
def _forget_graphs():
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


@pytest.mark.parametrize("text", RULES)
@pytest.mark.parametrize("way", WAYS)
def test_numbers_are_those_without_it(way, text):
    """On the backend that runs graphs as they are, so that no bit may differ."""
    model = network()
    other = copy.deepcopy(model)
    plain, within = Optimizer(model.parameters(), text), Optimizer(other.parameters(), text)
    alone, around = way(model, plain), way(other, within)
    if way is not step_alone:
        around = torch.compile(around, backend="eager")
    for _ in range(3):
        returned = alone(), around()
        if returned[0] is not None:
            assert torch.equal(*returned)
    assert torch.equal(vector(other), vector(model))


def test_the_method_itself():
    model = network()
    optimizer = Optimizer(model.parameters(), RULES[0])
    compiled = torch.compile(optimizer.step, backend="eager")
    loss_of(model).backward()
    before = vector(model)
    compiled()
    assert not torch.equal(vector(model), before)


def test_one_graph_cannot_hold_a_step():
    """As for LBFGS and SparseAdam of PyTorch, whose steps its compiler leaves as well."""
    model = network()
    optimizer = Optimizer(model.parameters(), RULES[0])
    loss_of(model).backward()
    with pytest.raises(torch._dynamo.exc.Unsupported, match=r"torch\.compiler\.disable"):
        torch.compile(lambda: optimizer.step(), backend="eager", fullgraph=True)()


def first_rate(optimizer):
    return optimizer.param_groups[0]["lr"]


def all_rates(optimizer):
    rates = [group["lr"] for group in optimizer.param_groups]
    return rates[0]


def set_rate(optimizer):
    for group in optimizer.param_groups:
        group["lr"] = 2 * group["lr"]
    return optimizer.param_groups[0]["lr"]


def second_moment(optimizer):
    group = optimizer.param_groups[0]
    return group["betas"][1] * optimizer.state[group["params"][0]]["v"].sum()


@pytest.mark.parametrize("text", ["adam(lr=0.25)", "adam(lr=cosine(0.25, 8))"])
@pytest.mark.parametrize("read", [first_rate, all_rates, set_rate, second_moment])
def test_groups_are_read_and_written(read, text):
    """PyTorch's compiler takes the groups of any optimizer for plain dicts, which these are not."""
    optimizer, other = (Optimizer(network().parameters(), text) for _ in range(2))
    x = torch.ones(2, dtype=torch.float64)
    around = torch.compile(lambda x: (x + 1) * read(optimizer), backend="eager")
    for _ in range(3):
        for each in (optimizer, other):
            for p in each.param_groups[0]["params"]:
                p.grad = torch.ones_like(p)
            each.step()
        assert torch.equal(around(x), (x + 1) * read(other))


def test_one_graph_cannot_hold_the_groups():
    optimizer = Optimizer(network().parameters(), RULES[0])
    with pytest.raises(torch._dynamo.exc.Unsupported, match=r"param_groups .* is not traced: read"):
        torch.compile(lambda: first_rate(optimizer), backend="eager", fullgraph=True)()


def test_a_group_by_itself_is_part_of_a_graph():
    optimizer = Optimizer(network().parameters(), "adam(lr=0.25)")
    group = optimizer.param_groups[0]
    rate = torch.compile(lambda x: x * group["lr"], backend="eager", fullgraph=True)
    x = torch.ones(2)
    assert rate(x).tolist() == [0.25, 0.25]
    group["lr"] = 0.5
    assert rate(x).tolist() == [0.5, 0.5]

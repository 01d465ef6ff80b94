"""Fused steps of what couples parameters: all groups of one form in one call, or none."""

import copy

import pytest
import torch

from slalom.torch import Optimizer, steps

from .training import loss_of, network, train, vector

TEXTS = [
    "clip_norm(0.1) | adam(lr=0.05)",
    "average(0.9) | adam(lr=0.05)",
    "average(0.9) | clip_norm(0.1) | nadam(lr=0.05)",
    "prodigy(d0=0.1)",
    "dadapt_adam(d0=0.1)",
    "schedule_free(warmup=3) | weight_decay(0.1, decoupled=true) | rmsprop(lr=0.05)",
    "lamb(lr=0.05)",
    "cautious() | lion(lr=0.05)",
]
PRECISION = {torch.float32: 2e-4, torch.float64: 1e-11}
"""Of training twice, with sums in another order."""


@pytest.fixture
def no_eager_step(monkeypatch):
    def refused(*_):
        raise AssertionError("the rule's own lines were run")

    monkeypatch.setattr(steps, "eager", refused)


def groups(model, second=None):
    """Two groups: the weights, and the biases with some numbers of their own."""
    weights = [p for p in model.parameters() if p.ndim > 1]
    biases = [p for p in model.parameters() if p.ndim < 2]
    return [{"params": weights}, {"params": biases, **(second or {})}]


def shared(optimizer):
    """What lies in the groups beside numbers."""
    return [
        {name: value for name, value in group.items() if name.startswith("state.")}
        for group in optimizer.param_groups
    ]


@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize("text", TEXTS)
def test_a_fused_step_of_groups_is_the_rules_own(text, dtype, request):
    model = network(dtype)
    plain = Optimizer(groups(model), text, compile=False)
    expected, states = train(model, plain, 8), [copy.deepcopy(s) for s in plain.state.values()]
    request.getfixturevalue("no_eager_step")
    model = network(dtype)
    fused = Optimizer(groups(model), text)
    found = train(model, fused, 8)
    tolerance = {"rtol": PRECISION[dtype], "atol": PRECISION[dtype]}
    torch.testing.assert_close(found, expected, **tolerance)
    torch.testing.assert_close(list(fused.state.values()), states, **tolerance)
    torch.testing.assert_close(shared(fused), shared(plain), **tolerance)
    first, second = shared(fused)
    assert all(first[name] is second[name] for name in first.keys() - {"state.step"})


@pytest.mark.parametrize("text", ["clip_norm(0.1) | adam(lr=0.05)", "average(0.9) | adam(lr=0.05)"])
def test_groups_whose_numbers_differ(text):
    """One call of a kernel takes one set of numbers, and what couples needs one call."""
    found = []
    for compile_ in (False, None):
        model = network()
        optimizer = Optimizer(groups(model, {"lr": 0.01}), text, compile=compile_)
        found.append(train(model, optimizer, 20))
    torch.testing.assert_close(*found, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("text", TEXTS[1:5])
def test_a_saved_run_goes_on_to_the_bit(text):
    model, other = network(), network()
    optimizer = Optimizer(groups(model), text)
    train(model, optimizer, 5)
    other.load_state_dict(model.state_dict())
    restored = Optimizer(groups(other), text)
    restored.load_state_dict(optimizer.state_dict())
    assert torch.equal(train(model, optimizer, 5), train(other, restored, 5))


@pytest.mark.parametrize("text", TEXTS[:5])
def test_parameters_that_miss_steps(text):
    """What has no gradient stays out of sums; later its count is another one than the tree's."""
    found = []
    for compile_ in (False, None):
        model = network()
        optimizer = Optimizer(model.parameters(), text, compile=compile_)
        for step in range(12):
            optimizer.zero_grad()
            loss_of(model).backward()
            if step in (3, 4):
                model[0].weight.grad = None
            optimizer.step()
        found.append(vector(model))
    torch.testing.assert_close(*found, rtol=1e-10, atol=1e-10)


def test_shared_numbers_that_are_one_anothers_memory():
    """Prodigy's d and the largest d so far begin with one value, and go on apart."""
    optimizer = Optimizer(network().parameters(), "prodigy(d0=0.1, growth=1.01)")
    for p in optimizer.param_groups[0]["params"]:
        p.grad = torch.ones_like(p)
    optimizer.step()
    [held] = shared(optimizer)
    assert held["state.d"].data_ptr() != held["state.top"].data_ptr()


@pytest.mark.parametrize("part", ["clip_norm(0.1) | adam()", "prodigy(d0=0.1)"])
def test_parts_of_a_partition_are_coupled_among_themselves_alone(part):
    text, found = f"partition(matrices={part}, rest={part})", []
    for compile_ in (False, None):
        model = network()
        named = list(model.named_parameters())
        found.append(train(model, Optimizer(named, text, compile=compile_), 20))
    torch.testing.assert_close(*found, rtol=1e-10, atol=1e-10)


def test_numbers_that_were_shared_before_groups_differed():
    """What has become each parameter's own stays so when the groups are alike again."""
    found = []
    for compile_ in (False, None):
        model = network()
        given = groups(model, {"decay": 0.5})
        optimizer = Optimizer(given, "average(0.9) | adam()", compile=compile_)
        train(model, optimizer, 3)
        assert all("kept" in kept for kept in optimizer.state.values())
        optimizer.param_groups[1]["decay"] = 0.9
        train(model, optimizer, 3)
        with optimizer.evaluate():
            found.append(vector(model))
    torch.testing.assert_close(*found, rtol=1e-12, atol=1e-12)

"""State dicts, copies and pickles: a run goes on to the bit."""

import copy
import io
import pickle

import pytest
import torch

from slalom import SlalomError
from slalom.torch import Optimizer

from .training import assert_untouched, network, snapshot, train, vector

TEXTS = [
    "adam(lr=0.01)",
    "noise(0.1) | clip_norm(0.5) | rmsprop(lr=0.01, momentum=0.9, centered=true)",
    "average(0.9) | nadam(lr=exponential(0.05, rate=0.1))",
    "smoothed_nesterov(lr=0.05, points=(0.5, 1), weights=(1, 2))",
]


def through_a_file(optimizer):
    """Read as PyTorch reads by default: plain types and tensors only."""
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    return torch.load(file, weights_only=True)


@pytest.mark.parametrize("text", TEXTS)
def test_resumed_to_the_bit(text):
    model = network()
    optimizer = Optimizer(model.parameters(), text, compile=False)
    train(model, optimizer, 5)
    other = network()
    other.load_state_dict(model.state_dict())
    fresh = Optimizer(other.parameters(), text, compile=False)
    fresh.load_state_dict(through_a_file(optimizer))
    assert torch.equal(train(other, fresh, 5), train(model, optimizer, 5))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
@pytest.mark.parametrize("text", TEXTS)
def test_copies_go_on_to_the_bit(text, duplicate):
    model = network()
    optimizer = Optimizer(model.parameters(), text, compile=False)
    train(model, optimizer, 5)
    other, twin = duplicate((model, optimizer))
    expected = train(model, optimizer, 5)
    assert torch.equal(train(other, twin, 5), expected)
    assert torch.equal(vector(model), expected), "the copy trains its own parameters"


def test_the_draws_follow_the_generator():
    def run(seed):
        model = network()
        torch.manual_seed(seed)
        generated = Optimizer(model.parameters(), "noise(1.0) | gradient_descent(lr=0.1)")
        return train(model, generated, 3)

    assert torch.equal(run(3), run(3))
    assert not torch.equal(run(3), run(4))


def test_noise_is_what_it_says():
    """Without a gradient of its own, a step is lr times N(0, scale²)."""
    p = torch.nn.Parameter(torch.zeros(20_000, dtype=torch.float64))
    p.grad = torch.zeros_like(p)
    generator = torch.Generator().manual_seed(0)
    Optimizer([p], "noise(3.0) | gradient_descent(lr=0.1)", generator=generator).step()
    assert p.std().item() == pytest.approx(0.3, rel=0.02)
    assert p.mean().item() == pytest.approx(0.0, abs=0.01)


def test_a_state_dict_shares_no_memory():
    model = network()
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)")
    train(model, optimizer, 2)
    saved = optimizer.state_dict()
    twin = copy.deepcopy(saved)
    train(model, optimizer, 2)
    assert torch.equal(saved["state"][0]["m"], twin["state"][0]["m"])
    optimizer.load_state_dict(saved)
    train(model, optimizer, 2)
    assert torch.equal(saved["state"][0]["m"], twin["state"][0]["m"])
    assert saved["state"][0]["step"] == 2
    saved["param_groups"][0]["lr"] = 7.0
    assert optimizer.param_groups[0]["lr"] == 0.01


def test_loading_casts_to_the_parameters():
    wide, narrow = network(torch.float64), network(torch.float32)
    optimizer = Optimizer(wide.parameters(), "adam(lr=0.01)", compile=False)
    train(wide, optimizer, 3)
    other = Optimizer(narrow.parameters(), "adam(lr=0.5)", compile=False)
    other.load_state_dict(optimizer.state_dict())
    weight = next(narrow.parameters())
    assert other.state[weight]["m"].dtype is torch.float32
    assert other.param_groups[0]["lr"] == 0.01
    torch.testing.assert_close(
        other.state[weight]["v"].double(), optimizer.state[next(wide.parameters())]["v"]
    )


def test_half_precision_keeps_its_wide_state_when_loaded():
    model = network(torch.bfloat16)
    settings = {"state_dtype": torch.float32, "compile": False}
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)", **settings)
    train(model, optimizer, 3)
    other = copy.deepcopy(model)
    fresh = Optimizer(other.parameters(), "adam(lr=0.01)", **settings)
    fresh.load_state_dict(optimizer.state_dict())
    assert torch.equal(train(other, fresh, 3), train(model, optimizer, 3))


def test_hooks_are_called_in_order():
    model = network()
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)", compile=False)
    calls = []
    optimizer.register_step_pre_hook(lambda o, a, k: calls.append("before step"))
    optimizer.register_step_post_hook(lambda o, a, k: calls.append("after step"))
    optimizer.register_state_dict_pre_hook(lambda o: calls.append("before saving"))
    optimizer.register_state_dict_post_hook(lambda o, s: {**s, "note": calls.append("saved")})
    optimizer.register_load_state_dict_pre_hook(
        lambda o, s: {k: v for k, v in s.items() if k != calls.append("before loading")}
    )
    optimizer.register_load_state_dict_post_hook(lambda o: calls.append("loaded"))
    train(model, optimizer, 1)
    saved = optimizer.state_dict()
    assert "note" in saved
    optimizer.load_state_dict(saved)
    assert list(dict.fromkeys(calls)) == [
        "before step",
        "after step",
        "before saving",
        "saved",
        "before loading",
        "loaded",
    ]


def test_a_hook_that_spoils_the_saved_state_does_not_reach_the_live_one():
    model = network()
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)", compile=False)
    train(model, optimizer, 1)
    optimizer.register_state_dict_post_hook(lambda o, s: {**s, "m": s["state"][0]["m"].zero_()})
    before = snapshot(model, optimizer)
    optimizer.state_dict()
    assert_untouched(before, model, optimizer)


def other_state(text, change=lambda saved: None, model=None):
    model = network() if model is None else model
    optimizer = Optimizer(model.parameters(), text, compile=False)
    train(model, optimizer, 1)
    saved = optimizer.state_dict()
    change(saved)
    return saved


def of_wider_network():
    model = torch.nn.Sequential(torch.nn.Linear(3, 7), torch.nn.Linear(7, 1)).double()
    return other_state("adam(lr=0.01)", model=model)


def of_torch():
    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    train(model, optimizer, 1)
    return optimizer.state_dict()


WRONG = {
    "must be of adam.*, got one of weight_decay": lambda: other_state("adamw(lr=0.01)"),
    "got one of adam.amsgrad=true": lambda: other_state("adam(lr=0.01, amsgrad=true)"),
    "from_torch": of_torch,
    "another shape: m has .7, 3. where the parameter needs .6, 3.": of_wider_network,
    "has 0 parameter groups": lambda: other_state("adam", lambda s: s.update(param_groups=[])),
    "3 parameters in a group of 4": lambda: other_state(
        "adam", lambda s: s["param_groups"][0]["params"].pop()
    ),
    "lacks beta1": lambda: other_state("adam", lambda s: s["param_groups"][0].pop("beta1")),
    "must be in .0, 1., got 2": lambda: other_state(
        "adam", lambda s: s["param_groups"][0].update(beta2=2.0, betas=(0.9, 2.0))
    ),
    "step, m, v are needed": lambda: other_state("adam", lambda s: s["state"][3].pop("v")),
    "count of steps": lambda: other_state("adam", lambda s: s["state"][3].update(step=-1)),
    "'state' and 'param_groups'": dict,
    "'state' in a state dict must be a dict": lambda: {"state": [], "param_groups": []},
    "each with a list of 'params', got 3": lambda: {"state": {}, "param_groups": 3},
    "each with a list of 'params', got .3.": lambda: {"state": {}, "param_groups": [3]},
    "each with a list of 'params', got .{": lambda: other_state(
        "adam", lambda s: s["param_groups"][0].pop("params")
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_a_wrong_state_dict_changes_nothing(message):
    model = network()
    optimizer = Optimizer(model.parameters(), "adam(lr=0.25)", compile=False)
    train(model, optimizer, 2)
    before, groups = snapshot(model, optimizer), copy.deepcopy(optimizer.param_groups)
    with pytest.raises(SlalomError, match=message) as caught:
        optimizer.load_state_dict(WRONG[message]())
    assert "\n" not in str(caught.value)
    assert_untouched(before, model, optimizer)
    assert optimizer.param_groups[0]["lr"] == groups[0]["lr"] == 0.25


def test_the_state_of_the_draws_must_be_there():
    saved = other_state("noise(1.0) | adam", lambda s: s.pop("generator"))
    with pytest.raises(SlalomError, match="generator"):
        Optimizer(network().parameters(), "noise(1.0) | adam").load_state_dict(saved)

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
    def run(seed, of_the_group):
        model, text = network(), "noise(1.0) | gradient_descent(lr=0.1)"
        torch.manual_seed(seed)
        groups = [{"params": list(model.parameters()), **({"rule": text} if of_the_group else {})}]
        return train(model, Optimizer(groups, "adam" if of_the_group else text), 3)

    assert torch.equal(run(3, False), run(3, False))
    assert torch.equal(run(3, True), run(3, False))
    assert not torch.equal(run(3, False), run(4, False))


def test_noise_is_what_it_says():
    """Without a gradient of its own, a step is lr times N(0, scale²)."""
    p = torch.nn.Parameter(torch.zeros(20_000, dtype=torch.float64))
    p.grad = torch.zeros_like(p)
    generator = torch.Generator().manual_seed(0)
    Optimizer([p], "noise(3.0) | gradient_descent(lr=0.1)", generator=generator).step()
    assert p.std().item() == pytest.approx(0.3, rel=0.02)
    assert p.mean().item() == pytest.approx(0.0, abs=0.01)


def test_a_state_dict_is_a_view_of_the_states_as_in_pytorch():
    model = network()
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)")
    train(model, optimizer, 2)
    saved, first = optimizer.state_dict(), next(model.parameters())
    assert saved["state"][0]["m"] is optimizer.state[first]["m"], "no memory of its own"
    saved["state"][0]["m"].zero_()
    saved["state"][0]["step"] = 7
    assert optimizer.state[first]["m"].count_nonzero() == 0
    assert optimizer.state[first]["step"] == 7
    saved["param_groups"][0]["lr"] = 7.0
    assert optimizer.param_groups[0]["lr"] == 0.01


def test_what_was_loaded_shares_no_memory():
    model = network()
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)")
    train(model, optimizer, 2)
    saved = copy.deepcopy(optimizer.state_dict())
    twin = copy.deepcopy(saved)
    optimizer.load_state_dict(saved)
    train(model, optimizer, 2)
    assert torch.equal(saved["state"][0]["m"], twin["state"][0]["m"])
    assert saved["state"][0]["step"] == 2


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


@pytest.mark.parametrize(
    "change",
    [
        lambda group: group.pop("state.generator"),
        lambda group: group.update({"state.generator": torch.zeros(3)}),
    ],
)
def test_the_state_of_the_draws_must_be_there(change):
    saved = other_state("noise(1.0) | adam", lambda s: change(s["param_groups"][0]))
    with pytest.raises(SlalomError, match="random generator"):
        Optimizer(network().parameters(), "noise(1.0) | adam").load_state_dict(saved)


def test_a_state_dict_of_earlier_versions_keeps_the_draws_beside_the_groups():
    model = network()
    optimizer = Optimizer(model.parameters(), TEXTS[1], compile=False)
    train(model, optimizer, 5)
    saved = copy.deepcopy(optimizer.state_dict())
    saved["generator"] = saved["param_groups"][0].pop("state.generator")
    other = copy.deepcopy(model)
    fresh = Optimizer(other.parameters(), TEXTS[1], compile=False)
    fresh.load_state_dict(saved)
    assert torch.equal(train(other, fresh, 5), train(model, optimizer, 5))


def test_entries_of_ones_own_are_carried_and_restored():
    """By a text, by a parameter, before the first step and after it, and of any type."""
    model = network()
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)")
    first, second, third, _ = model.parameters()
    optimizer.state[first]["mine"] = torch.arange(3)
    third.requires_grad_(False)  # takes no step, so that there is nothing but the user's entry
    optimizer.state[third]["kind"] = "frozen"
    train(model, optimizer, 2)
    optimizer.state[second]["mine"] = {"history": [torch.ones(2), 0.5]}
    optimizer.state["epochs"], optimizer.state["notes"] = 3, {"run": "a"}
    train(model, optimizer, 1)
    other = copy.deepcopy(model)
    fresh = Optimizer(other.parameters(), "adam(lr=0.01)")
    fresh.load_state_dict(through_a_file(optimizer))
    p, q, r, _ = other.parameters()
    assert torch.equal(fresh.state[p]["mine"], torch.arange(3.0))  # cast, as in PyTorch
    assert fresh.state[q]["mine"]["history"][0].dtype is torch.float64
    assert fresh.state[q]["mine"]["history"][1] == 0.5
    assert fresh.state[r] == {"kind": "frozen"}
    assert (fresh.state["epochs"], fresh.state["notes"]) == (3, {"run": "a"})
    for one in (third, r):
        one.requires_grad_(True)
    assert torch.equal(train(other, fresh, 3), train(model, optimizer, 3))
    assert fresh.state[r]["kind"] == "frozen"
    assert fresh.state[r]["step"] == 3
    with fresh.evaluate():
        pass


def test_a_missing_flag_is_filled_from_the_defaults():
    model = network()
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)", maximize=True)
    train(model, optimizer, 1)
    saved = copy.deepcopy(optimizer.state_dict())
    del saved["param_groups"][0]["maximize"]
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["maximize"] is True
    train(model, optimizer, 1)


def test_groups_listed_twice_keep_their_first_numbers_and_all_states():
    model = network()
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)")
    train(model, optimizer, 1)
    once = optimizer.state_dict()
    optimizer.param_groups.extend(optimizer.param_groups)
    twice = optimizer.state_dict()
    assert twice["param_groups"] == once["param_groups"] * 2
    assert list(twice["state"]) == list(once["state"]) == [0, 1, 2, 3]


def test_a_tensor_rate_is_saved_and_loaded_as_one():
    model = network()
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)")
    optimizer.param_groups[0]["lr"] = rate = torch.tensor(0.02)
    train(model, optimizer, 1)
    fresh = Optimizer(model.parameters(), "adam(lr=0.5)")
    fresh.load_state_dict(through_a_file(optimizer))
    assert torch.equal(fresh.param_groups[0]["lr"], rate)
    assert optimizer.state_dict()["param_groups"][0]["lr"] is rate
    train(model, fresh, 1)


def test_a_count_of_steps_may_be_a_tensor_as_in_pytorch():
    saved = other_state("adam", lambda s: s["state"][0].update(step=torch.tensor(1.0)))
    optimizer = Optimizer((model := network()).parameters(), "adam")
    optimizer.load_state_dict(saved)
    train(model, optimizer, 1)
    assert optimizer.state[next(model.parameters())]["step"] == 2

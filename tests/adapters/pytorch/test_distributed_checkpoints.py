"""What `torch.distributed.checkpoint` takes of an optimizer, brought into a fresh one."""

import copy

import pytest
import torch
from torch.distributed import checkpoint as dcp
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_optimizer_state_dict,
    set_optimizer_state_dict,
)

from slalom import SlalomError
from slalom.rules import RULES, WRAPPERS
from slalom.torch import Optimizer

from .training import loss_of, network, train, vector

OPTIONS = [StateDictOptions(flatten_optimizer_state_dict=flat) for flat in (False, True)]
MORE = [
    "average(0.9) | nadam(lr=exponential(0.05, rate=0.1))",
    "noise(0.1) | clip_norm(0.5) | rmsprop(lr=0.01, momentum=0.9, centered=true)",
    "noise(0.1) | partition(matrices=muon(0.02), rest=adam(lr=0.01))",
    "nesterov(lr=0.01, shifted=true)",
]


def texts():
    """Every rule of the catalogue, and every wrapper around one."""
    rules = [name for name in RULES if name not in ("partition", "muon")]  # muon: below
    return [*rules, *(f"{name} | adam(lr=0.01)" for name in WRAPPERS)]


@pytest.mark.parametrize("options", OPTIONS, ids=["nested", "flat"])
@pytest.mark.parametrize("text", [*texts(), *MORE])
def test_a_fresh_optimizer_goes_on_to_the_bit(text, options):
    model = network()
    optimizer = Optimizer(model.named_parameters(), text, compile=False)
    train(model, optimizer, 3)
    saved = copy.deepcopy(get_optimizer_state_dict(model, optimizer, options=options))
    other = copy.deepcopy(model)
    fresh = Optimizer(other.named_parameters(), text, compile=False)
    set_optimizer_state_dict(other, fresh, saved, options=options)
    # a fresh state begins by a step of rate 0, whose rounding is the rule's own
    torch.testing.assert_close(vector(other), vector(model), rtol=1e-14, atol=1e-15)
    other.load_state_dict(model.state_dict())
    assert torch.equal(train(other, fresh, 3), train(model, optimizer, 3))


@pytest.mark.filterwarnings("ignore:torch.distributed is disabled:UserWarning")
@pytest.mark.parametrize("options", OPTIONS, ids=["nested", "flat"])
def test_through_files_with_draws(options, tmp_path):
    text = "noise(0.1) | adam(lr=0.01)"
    model = network()
    optimizer = Optimizer(model.parameters(), text)
    train(model, optimizer, 3)
    dcp.save(
        get_optimizer_state_dict(model, optimizer, options=options),
        checkpoint_id=tmp_path,
        no_dist=True,
    )
    other = copy.deepcopy(model)
    fresh = Optimizer(other.parameters(), text)
    target = get_optimizer_state_dict(other, fresh, options=options)
    dcp.load(target, checkpoint_id=tmp_path)
    set_optimizer_state_dict(other, fresh, target, options=options)
    assert torch.equal(train(other, fresh, 3), train(model, optimizer, 3))


@pytest.mark.parametrize("text", ["nesterov", "polyak", "average(0.9) | sam | adam"])
def test_states_begin_without_a_closure(text):
    """A run goes on from there as if nothing had been asked for."""
    model, other = network(), network()
    asked, plain = Optimizer(model.parameters(), text), Optimizer(other.parameters(), text)
    get_optimizer_state_dict(model, asked)
    assert torch.equal(vector(model), vector(other))
    assert torch.equal(train(model, asked, 3), train(other, plain, 3))


def test_a_forgotten_closure_is_told():
    """Also where some gradients are 0, or the rate, or where the states have begun."""
    model = network()
    optimizer = Optimizer(model.parameters(), "nesterov(lr=0)")
    loss_of(model).backward()
    with pytest.raises(SlalomError, match=r"optimizer.step\(closure\)"):
        optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    optimizer.param_groups[0]["lr"] = 0.1
    with pytest.raises(SlalomError, match=r"optimizer.step\(closure\)"):
        optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.step()
    with pytest.raises(SlalomError, match=r"optimizer.step\(closure\)"):
        optimizer.step()

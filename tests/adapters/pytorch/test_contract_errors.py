"""Wrong inputs: what PyTorch's optimizers refuse and what they take, beside what the rules do.

The differences are listed here, and in docs/pytorch.md with their reasons; nothing else differs.
"""

import warnings

import pytest
import torch

from slalom import SlalomError
from slalom.torch import Optimizer, from_torch, rule_of

from .of_torch import INFOS, LAZY, lazy_rule, probe

TAKEN = {  # what PyTorch says of its own ways to compute, or of sizes that rules do not mind
    "Adam": ["lr as Tensor doesn't work", "betas must be either both", "as a Tensor is not"],
    "AdamW": ["lr as Tensor doesn't work", "betas must be either both", "as a Tensor is not"],
    "Muon": ["only support 2D parameters"],
    "SparseAdam": ["complex not supported"],
}


def wrong(name):
    """PyTorch's wrong inputs, which it makes anew."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = INFOS[name].optim_error_inputs_func(device="cpu", dtype=torch.float32)
    return [one.optimizer_error_input for one in found]


CASES = [
    pytest.param(name, at, id=f"{name}: {given.desc}")
    for name in INFOS
    for at, given in enumerate(wrong(name))
]


def stepped(name, params, settings):
    """Slalom's optimizer after a step; PyTorch's own checks are passed by."""
    rate = settings.get("lr")
    if isinstance(rate, torch.Tensor):
        settings = {word: value for word, value in settings.items() if word != "lr"}
    rule = lazy_rule(settings) if name in LAZY else rule_of(probe(name, settings))
    if params is None:
        params = [torch.nn.Parameter(torch.ones(2, 2))]
    optimizer = Optimizer(params, rule, lazy=name in LAZY, compile=False)
    if isinstance(rate, torch.Tensor):
        optimizer.param_groups[0]["lr"] = rate
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = torch.ones_like(p)
    optimizer.step()
    return optimizer


@pytest.mark.parametrize(("name", "at"), CASES)
def test_what_pytorch_refuses(name, at):
    given = wrong(name)[at]
    if any(words in given.desc for words in TAKEN.get(name, ())):
        assert stepped(name, given.params, given.kwargs).state
        return
    with pytest.raises((ValueError, TypeError)) as caught:
        stepped(name, given.params, given.kwargs)
    assert "\n" not in str(caught.value)


NUMBERS = {  # by optimizer and argument: the first that the rule refuses, and the last it takes
    ("SGD", "momentum"): (1.001, 1.0),
    ("SGD", "lr"): (float("inf"), 1e30),
    ("RMSprop", "alpha"): (1.0, 0.9999),
    ("RMSprop", "momentum"): (1.001, 1.0),
    ("Adadelta", "rho"): (1.0, 0.9999),
    ("Adam", "eps"): (float("inf"), 1e30),
    ("AdamW", "weight_decay"): (float("inf"), 1e30),
    ("Muon", "momentum"): (1.0, 0.9999),
    ("Muon", "eps"): (-1e-9, 0.0),
    ("Muon", "ns_steps"): (0, 1),
}


@pytest.mark.parametrize(("name", "argument"), NUMBERS)
def test_numbers_that_pytorch_takes_and_rules_refuse(name, argument):
    """Those with which an average grows without bound, and those that are not finite."""
    refused, taken = NUMBERS[name, argument]
    params = [torch.nn.Parameter(torch.ones(2, 2))]
    assert from_torch(INFOS[name].optim_cls(params, **{argument: taken}))
    with pytest.raises(SlalomError, match="must be") as caught:
        from_torch(INFOS[name].optim_cls(params, **{argument: refused}))
    assert "\n" not in str(caught.value)


def test_coefficients_of_muon_are_two_sets_by_name():
    params = [torch.nn.Parameter(torch.ones(2, 2))]
    with pytest.raises(SlalomError, match="coefficients must be one of"):
        from_torch(torch.optim.Muon(params, ns_coefficients=(3.4, -4.7, 2.0)))


@pytest.mark.parametrize("name", INFOS)
def test_a_negative_rate_is_refused_by_the_step(name):
    """PyTorch refuses it at construction only, and ascends where a scheduler makes one."""
    optimizer = stepped(name, None, {})
    before = [p.detach().clone() for p in optimizer.param_groups[0]["params"]]
    optimizer.param_groups[0]["lr"] = -0.1
    with pytest.raises(SlalomError, match="lr must be in"):
        optimizer.step()
    assert all(map(torch.equal, optimizer.param_groups[0]["params"], before))

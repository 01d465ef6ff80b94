"""A run begun under torch.optim goes on here, and the other way, the same to rounding."""

import copy

import pytest
import torch
from torch import optim

from slalom import Adam, SlalomError, parse
from slalom.torch import Optimizer, from_torch, rule_of

from .training import network, train, vector

KINDS = {
    "SGD": (optim.SGD, {"lr": 0.1}),
    "momentum": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    "nesterov": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "Adagrad": (optim.Adagrad, {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.1}),
    "RMSprop": (optim.RMSprop, {"weight_decay": 0.1}),
    "centered": (optim.RMSprop, {"momentum": 0.9, "centered": True, "eps": 1e-3}),
    "Adadelta": (optim.Adadelta, {"lr": 0.1, "eps": 1e-3}),
    "Adam": (optim.Adam, {"lr": 0.01, "betas": (0.8, 0.99), "weight_decay": 0.1}),
    "amsgrad": (optim.Adam, {"lr": 0.01, "amsgrad": True}),
    "AdamW": (optim.AdamW, {"lr": 0.01}),
    "maximize": (optim.AdamW, {"lr": 0.01, "maximize": True, "amsgrad": True}),
    "Adamax": (optim.Adamax, {"lr": 0.01}),
    "Adafactor": (optim.Adafactor, {"lr": 0.01, "weight_decay": 0.1, "eps": (0.1, 1e-3)}),
    "eps": (optim.Adafactor, {"beta2_decay": -0.6, "eps": (0.1, 0.01), "d": 2.0}),
    "NAdam": (optim.NAdam, {"lr": 0.002, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    "RAdam": (optim.RAdam, {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    "Rprop": (optim.Rprop, {"lr": 0.01, "etas": (0.4, 1.1)}),
    "ASGD": (optim.ASGD, {"lr": 0.02, "lambd": 0.01, "t0": 20, "weight_decay": 0.1}),
}


pytestmark = pytest.mark.usefixtures("double_precision")


def begun(name, steps=10):
    kind, settings = KINDS[name]
    model = network()
    groups = [
        {"params": model[0].parameters(), "lr": 0.02},
        {"params": model[2].parameters(), "weight_decay": settings.get("weight_decay", 0.0)},
    ]
    optimizer = kind(groups, **settings)
    train(model, optimizer, steps)
    return model, optimizer


@pytest.mark.parametrize("name", KINDS)
def test_there_and_back_in_the_middle_of_a_run(name):
    model, theirs = begun(name)
    kept = copy.deepcopy((model, theirs))
    ours = from_torch(theirs)
    ours.compile = False
    expected = train(*kept, 100)
    torch.testing.assert_close(train(model, ours, 100), expected, rtol=1e-8, atol=1e-10)

    other, back = copy.deepcopy((model, ours))
    back = back.to_torch()
    assert type(back) is type(theirs)
    assert [g["lr"] for g in back.param_groups] == [g["lr"] for g in theirs.param_groups]
    found = train(other, back, 100)
    torch.testing.assert_close(found, train(model, ours, 100), rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(found, train(*kept, 100), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", KINDS)
def test_before_the_first_step(name):
    model, theirs = begun(name, steps=0)
    kept = copy.deepcopy((model, theirs))
    ours = from_torch(theirs)
    ours.compile = False
    torch.testing.assert_close(train(model, ours, 5), train(*kept, 5), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {"momentum": 0.9, "nesterov": False, "weight_decay": 0.0, "eps": 1e-3},
        {"adjust_lr_fn": "match_rms_adamw", "ns_steps": 3},
    ],
)
def test_muon_goes_on_to_the_rounding_of_bfloat16(settings):
    """Its iterations add up in another order than PyTorch's."""
    model = network()
    matrices = [p for p in model.parameters() if p.ndim == 2]
    theirs = optim.Muon(matrices, lr=0.01, **settings)
    train(model, theirs, 5)
    kept, kept_theirs = copy.deepcopy((model, theirs))
    ours = from_torch(theirs)
    assert ours.state[matrices[0]]["b"].equal(theirs.state[matrices[0]]["momentum_buffer"])
    before = vector(model)
    train(model, ours, 1)
    size = (train(kept, kept_theirs, 1) - before).norm()
    assert (vector(model) - vector(kept)).norm() < 0.1 * size

    back = ours.to_torch()
    assert type(back) is optim.Muon
    same = [k for k in theirs.param_groups[0] if k != "params"]
    assert [back.param_groups[0][k] for k in same] == [theirs.param_groups[0][k] for k in same]
    [(name, buffer)] = back.state[matrices[0]].items()
    assert name == "momentum_buffer"
    assert buffer.equal(ours.state[matrices[0]]["b"])
    other, other_back = copy.deepcopy((model, back))
    before = vector(model)
    size = (train(model, ours, 1) - before).norm()
    assert (train(other, other_back, 1) - vector(model)).norm() < 0.1 * size


def test_a_copy_is_taken():
    model, theirs = begun("Adam")
    ours = from_torch(theirs)
    ours.compile = False
    before = copy.deepcopy(theirs.state_dict()["state"])
    train(model, ours, 3)
    assert torch.equal(theirs.state_dict()["state"][0]["exp_avg"], before[0]["exp_avg"])
    assert theirs.state_dict()["state"][0]["step"] == 10


def test_the_rule_says_what_pytorch_does():
    assert rule_of(optim.Adam([torch.zeros(1)], lr=0.5)) == Adam(0.5)
    assert rule_of(optim.AdamW([torch.zeros(1)])) == parse("adamw")
    adafactor = parse("weight_decay(0.1, decoupled=true) | adafactor@torch")
    assert rule_of(optim.Adafactor([torch.zeros(2)], weight_decay=0.1)) == adafactor
    muon = parse("weight_decay(0.1, decoupled=true) | muon@torch(scale=rms)")
    matrix = torch.zeros(2, 3)
    assert rule_of(optim.Muon([matrix], adjust_lr_fn="match_rms_adamw")) == muon
    text = "weight_decay(0.1) | sgd(lr=0.3, momentum=0.9, nesterov=true)"
    settings = {"lr": 0.3, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}
    assert rule_of(optim.SGD([torch.zeros(1)], **settings)) == parse(text)


def test_momentum_in_one_group_only():
    """PyTorch does not dampen where there is no momentum."""
    model = network()
    groups = [{"params": model[0].parameters()}, {"params": model[2].parameters(), "momentum": 0}]
    theirs = optim.SGD(groups, lr=0.1, momentum=0.9, dampening=0.5)
    train(model, theirs, 4)
    kept = copy.deepcopy((model, theirs))
    ours = from_torch(theirs)
    ours.compile = False
    torch.testing.assert_close(train(model, ours, 20), train(*kept, 20), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(
        train(model, ours.to_torch(), 20), train(*kept, 20), rtol=1e-9, atol=1e-12
    )


def test_a_scheduler_goes_on():
    model, theirs = begun("Adam")
    optim.lr_scheduler.StepLR(theirs, 5)
    ours = from_torch(theirs)
    ours.compile = False
    scheduler = optim.lr_scheduler.StepLR(ours, 5, last_epoch=3)
    train(model, ours, 1)
    scheduler.step()
    assert [g["lr"] for g in ours.param_groups] == pytest.approx([0.002, 0.001])


def refused_groups():
    model = network()
    groups = [{"params": model[0].parameters()}, {"params": model[2].parameters(), "amsgrad": True}]
    return optim.Adam(groups)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optim.LBFGS([torch.zeros(1)]), "LBFGS; those of torch.optim with one are SGD"),
        (refused_groups, "must follow one rule"),
        (lambda: optim.Adam([torch.zeros(1)], differentiable=True), "differentiable"),
    ],
)
def test_what_is_no_rule(make, message):
    with pytest.raises(SlalomError, match=message):
        from_torch(make())


@pytest.mark.parametrize(
    "text",
    [
        "adam(eps_inside=true)",
        "momentum(lr=0.1)",
        "nesterov(lr=0.1)",
        "adam_lp(p=3)",
        "clip_norm(1.0) | adam",
        "weight_decay(0.1, decoupled=true) | adamax",
        "weight_decay(0.1, decoupled=true, scaled=false) | adam",
        "adam(lr=exponential(0.1, rate=0.1))",
        "adafactor(lr=0.1)",
        "muon@torch(scale=spectral)",
        "weight_decay(0.1) | adafactor@torch",
        "weight_decay(0.1) | rprop",
        "rprop(lags=true)",
        "radam(fallback=skip)",
        "radam(threshold=4)",
    ],
)
def test_what_pytorch_does_not_have(text):
    model = network()
    before = vector(model)
    parameters = [p for p in model.parameters() if p.ndim > 1]  # muon takes no others
    with pytest.raises(SlalomError, match=r"torch\.optim has no|plain numbers") as caught:
        Optimizer(parameters, text).to_torch()
    assert "\n" not in str(caught.value)
    assert torch.equal(vector(model), before)


def test_parts_of_a_partition_do_not_convert_together():
    parameters, text = network().parameters(), "partition(matrices=muon@torch, rest=adam)"
    with pytest.raises(SlalomError, match="the parameter groups must follow one rule"):
        Optimizer(parameters, text).to_torch()

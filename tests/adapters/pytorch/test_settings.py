"""Settings by keyword and in groups, in PyTorch's words: each trains as PyTorch's class does."""

import copy
import pickle
import warnings

import pytest
import torch
from torch import optim

from slalom import Cosine, Exponential, SlalomError, parse
from slalom.torch import Optimizer, departures, from_torch

from .training import network, train, vector

KINDS = {
    "adam": (optim.Adam, {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3}),
    "adam@torch": (optim.Adam, {"amsgrad": True, "weight_decay": 0.1}),
    "adam()": (optim.Adam, {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    "adamw": (optim.AdamW, {"lr": 0.02, "betas": [0.9, 0.95], "weight_decay": 0.3}),
    "adamw()": (optim.AdamW, {"amsgrad": True, "foreach": True, "capturable": False}),
    "adamax": (optim.Adamax, {"weight_decay": 0.1, "maximize": True}),
    "nadam": (optim.NAdam, {"momentum_decay": 0.1, "weight_decay": 0.1}),
    "rmsprop@torch": (optim.RMSprop, {"alpha": 0.8, "centered": True, "momentum": 0.9}),
    "rmsprop@torch()": (optim.RMSprop, {"alpha": 0.8, "momentum": 0, "weight_decay": 0.1}),
    "adagrad@torch": (optim.Adagrad, {"lr_decay": 0.1, "initial_accumulator_value": 0.1}),
    "adadelta@torch": (optim.Adadelta, {"rho": 0.5, "eps": 1e-3}),
    "adafactor@torch": (optim.Adafactor, {"d": 2.0, "beta2_decay": -0.6, "eps": (0.1, 0.01)}),
    "sgd@torch": (optim.SGD, {"lr": 0.1}),
    "sgd": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    "sgd()": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    "sgd@torch()": (optim.SGD, {"lr": 0.1, "momentum": 0, "dampening": 0.3}),
}


pytestmark = pytest.mark.usefixtures("double_precision")


def same(a, b):
    torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("text", KINDS)
def test_by_keyword(text):
    kind, settings = KINDS[text]
    ours, theirs = network(), network()
    optimizer = Optimizer(ours.parameters(), text, compile=False, **settings)
    expected = train(theirs, kind(theirs.parameters(), **settings), 10)
    same(train(ours, optimizer, 10), expected)


@pytest.mark.parametrize("text", KINDS)
def test_in_groups(text):
    kind, settings = KINDS[text]

    # of Adagrad's groups PyTorch does not read this one
    settings = without(settings, "initial_accumulator_value")

    def groups(model):
        first, second = model[0], model[2]
        return [{"params": first.parameters(), **settings}, {"params": second.parameters()}]

    ours, theirs = network(), network()
    usual = {"lr": 0.03}  # the bare sgd has another rate
    optimizer = Optimizer(groups(ours), text, compile=False, **usual)
    expected = train(theirs, kind(groups(theirs), **usual), 10)
    same(train(ours, optimizer, 10), expected)


@pytest.mark.parametrize("text", KINDS)
def test_groups_of_pytorchs_own_optimizer(text):
    """What PyTorch has put into its groups says the same to a rule."""
    kind, settings = KINDS[text]
    ours, theirs = network(), network()
    made = kind(theirs.parameters(), **settings)
    [group] = made.param_groups
    entries = {name: value for name, value in group.items() if name != "params"}
    optimizer = Optimizer([{**entries, "params": ours.parameters()}], text, compile=False)
    same(train(ours, optimizer, 10), train(theirs, made, 10))


LATER = {
    "adam": (optim.Adam, {"weight_decay": 0.1}),
    "adam()": (optim.Adam, {"amsgrad": True, "betas": (0.5, 0.9)}),
    "sgd": (optim.SGD, {"momentum": 0.9, "weight_decay": 0.1}),
    "sgd()": (optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "rmsprop@torch": (optim.RMSprop, {"alpha": 0.5, "centered": True}),
}


@pytest.mark.parametrize("text", LATER)
def test_set_before_the_first_step(text):
    kind, settings = LATER[text]
    ours, theirs = network(), network()
    optimizers = (
        Optimizer(ours.parameters(), text, lr=0.01, compile=False),
        kind(theirs.parameters(), lr=0.01),
    )
    for optimizer in optimizers:
        optimizer.param_groups[0].update(settings)
    same(train(ours, optimizers[0], 10), train(theirs, optimizers[1], 10))


@pytest.mark.parametrize("compile_", [None, False])
def test_weight_decay_set_in_mid_run(compile_):
    ours, theirs = network(), network()
    optimizers = (
        Optimizer(ours.parameters(), "adam", lr=0.01, compile=compile_),
        optim.Adam(theirs.parameters(), lr=0.01),
    )
    for model, optimizer in zip((ours, theirs), optimizers, strict=True):
        for i in range(6):
            if i == 3:
                optimizer.param_groups[0]["weight_decay"] = 0.5
            optimizer.zero_grad()
            (model(torch.ones(1, 3)) ** 2).sum().backward()
            optimizer.step()
    torch.testing.assert_close(vector(ours), vector(theirs), rtol=1e-8, atol=1e-10)


def refused_later(name, value, text="adam", others=()):
    model = network()
    optimizer = Optimizer([model[0].weight], text, lr=0.01, compile=False)
    for p in others:
        optimizer.add_param_group({"params": [p]})
    train(model, optimizer, 2)
    before = vector(model)
    optimizer.param_groups[0][name] = value
    with pytest.raises(SlalomError) as caught:
        train(model, optimizer, 1)
    assert torch.equal(vector(model), before)
    del optimizer.param_groups[0][name]
    train(model, optimizer, 1)
    assert not torch.equal(vector(model), before), "it goes on without the entry"
    return str(caught.value)


def test_what_cannot_be_set_later_is_refused():
    told = "amsgrad cannot change after the first step"
    assert told in refused_later("amsgrad", True)
    assert "must be false" in refused_later("capturable", True)
    assert "did you mean weight_decay" in refused_later("weight_decy", 0.1)
    assert "unknown setting 'momentum'" in refused_later("momentum", 0.1)
    assert "lion has no weight_decay" in refused_later("weight_decay", 0.1, "lion")
    other = torch.nn.Parameter(torch.ones(2))
    told = refused_later("weight_decay", 0.1, "clip_norm(1.0) | adam", [other])
    assert "parameter groups that the rule couples must have one form" in told


LABELS = {
    "lr_scale": 0.5,
    "lr_mult": 2,
    "layer_id": 3,
    "name": "head",
    "rho": 0.05,
    "is_bias": True,
    "mask": torch.ones(2),
    "depth": (1, 2),
    "extra": {"a": [1]},
    "weight_decay_scale": 0.1,
}


def without(group, *names):
    return {k: v for k, v in group.items() if k not in names}


def test_labels_are_kept_everywhere():
    p, q = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    optimizer = Optimizer([{"params": [p], **LABELS}], "adam", compile=False)
    optimizer.add_param_group({"params": [q], "lr_scale": 7})
    optimizer.param_groups[1]["layer_id"] = 9
    for one in (p, q):
        one.grad = torch.ones(2)
    optimizer.step()
    twins = [optimizer, copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))]
    twins.append(Optimizer([{"params": [p]}, {"params": [q]}], "adam"))
    twins[-1].load_state_dict(optimizer.state_dict())
    twins.append(optimizer.to_torch())
    twins.append(from_torch(twins[-1]))
    for twin in twins:
        first, second = twin.param_groups
        assert {k: first[k] for k in LABELS if k != "mask"} == without(LABELS, "mask")
        assert first["mask"].tolist() == [1, 1]
        assert (second["lr_scale"], second["layer_id"]) == (7, 9)


def test_every_way_to_read_a_group_gives_the_same():
    optimizer = Optimizer([torch.nn.Parameter(torch.ones(1))], "adam(lr=0.1)")
    group = optimizer.param_groups[0]
    group["betas"] = (0.5, 0.6)
    for changed in [lambda: group.update(beta2=0.7), lambda: group.__ior__({"beta2": 0.8})]:
        changed()
        now = (0.5, group["beta2"])
        for read in (group, dict(group), group | {}, copy.copy(group), copy.deepcopy(group)):
            assert read["betas"] == read.get("betas") == now
            assert "betas" in read
            assert "betas" in read.keys()  # noqa: SIM118
            assert dict(read.items())["betas"] == now
            assert "betas" in list(read)
        assert pickle.loads(pickle.dumps(group))["betas"] == now
    assert optimizer.rules()[0] == parse("adam(lr=0.1, beta1=0.5, beta2=0.8)")
    assert optimizer.defaults.get("betas") == (0.9, 0.999)
    assert optimizer.state_dict()["param_groups"][0]["betas"] == (0.5, 0.8)


def test_a_schedule_shows_as_a_number():
    """That of the next step, as PyTorch's schedulers leave it; and it goes on from a checkpoint."""
    p = torch.nn.Parameter(torch.zeros(1))
    schedule = Cosine(0.1, 10, 2)
    for compile_ in (None, False):
        optimizer = Optimizer([p], "gradient_descent", lr=schedule, compile=compile_)
        [group] = optimizer.param_groups
        for t in range(1, 6):
            assert f"{group['lr']:.6f}" == f"{schedule(t):.6f}"
            assert float(group["lr"]) == pytest.approx(schedule(t), rel=1e-12)
            before = p.item()
            p.grad = torch.ones(1)
            optimizer.step()
            assert before - p.item() == pytest.approx(schedule(t), rel=1e-9)
        again = Optimizer([p], "gradient_descent")
        again.load_state_dict(optimizer.state_dict())
        assert again.rules()[0].lr == schedule
        twin = pickle.loads(pickle.dumps(copy.deepcopy(optimizer)))
        assert float(twin.param_groups[0]["lr"]) == float(group["lr"])
    group["lr"] = Exponential(0.4, rate=0.1)
    assert float(group["lr"]) == pytest.approx(Exponential(0.4, rate=0.1)(6), rel=1e-12)
    group["lr"] = 0.5
    p.grad = torch.ones(1)
    before = p.item()
    optimizer.step()
    assert before - p.item() == 0.5


DIFFERENT = ["rmsprop", "adagrad", "adadelta", "adafactor", "muon", "sgd", "clip_norm | rmsprop"]
EQUAL = ["adam", "adamw", "adamax", "nadam", "rmsprop@torch(lr=0.1)", "sgd(0.1)", "sgd(lr=0.1)"]
EQUAL += ["rmsprop(lr=0.01, decay=0.99, eps_inside=false)", "lion", "momentum", "muon@torch"]


@pytest.mark.parametrize("text", DIFFERENT)
def test_a_name_that_is_not_pytorchs_is_told_once(text):
    departures._told.clear()
    params = [torch.nn.Parameter(torch.ones(2, 2))]
    with pytest.warns(UserWarning, match=r"is not torch\.optim\..*@torch is$") as caught:
        _ = [Optimizer(params, text) for _ in range(2)]
    assert len(caught) == 1
    assert "\n" not in str(caught[0].message)


@pytest.mark.parametrize("text", EQUAL)
def test_no_warning_where_it_is_pytorchs(text):
    departures._told.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Optimizer([torch.nn.Parameter(torch.ones(2, 2))], text)
        if text == "adam":
            settings = {"lr": 0.01, "alpha": 0.99, "eps_inside": False}
            Optimizer([torch.nn.Parameter(torch.ones(2, 2))], "rmsprop", **settings)
            Optimizer([torch.nn.Parameter(torch.ones(2, 2))], "sgd", lr=0.001)


GOES_ON = {
    ("adam", "clip_norm(1.0) | adam"): True,
    ("adam", "adamw"): True,
    ("average | adam", "average | clip_value(1.0) | adam"): True,
    ("clip_norm(1.0) | adam", "adam"): False,
    ("adam", "average | adam"): False,
    ("adam", "nadam"): False,
}


@pytest.mark.parametrize("texts", GOES_ON)
def test_a_run_goes_on_with_wrappers_that_remember_nothing(texts):
    before, after = texts
    model = network()
    optimizer = Optimizer(model.parameters(), before, lr=0.02, compile=False)
    train(model, optimizer, 3)
    on = Optimizer(model.parameters(), after, compile=False)
    if not GOES_ON[texts]:
        with pytest.raises(SlalomError, match="the state dict must be of"):
            on.load_state_dict(optimizer.state_dict())
        return
    on.load_state_dict(optimizer.state_dict())
    p = model[0].weight
    assert on.state[p]["step"] == 3
    assert on.param_groups[0]["lr"] == 0.02
    train(model, on, 1)
    assert on.state[p]["step"] == 4


def test_a_run_goes_on_with_what_was_set_later():
    model = network()
    optimizer = Optimizer(model.parameters(), "adam", lr=0.02, compile=False)
    train(model, optimizer, 2)
    optimizer.param_groups[0]["weight_decay"] = 0.5
    train(model, optimizer, 2)
    other = copy.deepcopy(model)
    on = Optimizer(other.parameters(), "adam", compile=False)
    on.load_state_dict(optimizer.state_dict())
    assert on.rules() == optimizer.rules()
    assert torch.equal(train(other, on, 3), train(model, optimizer, 3))


def test_types_are_wrong_as_in_pytorch():
    p = torch.nn.Parameter(torch.ones(1))
    for wrong in (p, None, 3, {p}, "params", {"params": [p]}):
        with pytest.raises(TypeError):
            Optimizer(wrong, "adam")
        with pytest.raises(SlalomError):
            Optimizer(wrong, "adam")
    with pytest.raises(TypeError):
        Optimizer([p], "adam").add_param_group([p])
    with pytest.raises(TypeError):
        Optimizer([p], "adam", rate=0.1)
    with pytest.raises(TypeError):
        Optimizer([{"params": {p}}], "adam")

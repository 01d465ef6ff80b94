"""Classes that tools take for PyTorch's: a name, a signature, keywords, copies."""

import copy
import inspect
import multiprocessing
import pickle

import pytest
import torch
from torch import optim

import slalom.torch
from slalom import ClipNorm, Lion, SlalomError
from slalom.torch import Optimizer, optimizer_class

from .training import network, train

NAMES = {
    "adamw": "AdamW",
    "adamw(lr=0.1)": "AdamW",
    "weight_decay(0.1) | adam": "Adam",
    "lion": "Lion",
    "sgd": "SGD",
    "sgd(momentum=0.9)": "SGD",
    "rmsprop@torch": "RMSProp",
    "clip_norm(1.0) | adamw": "ClipNormAdamW",
    "lamb": "LAMB",
    "partition(matrices=muon, rest=adam)": "Partition",
}
CLASSES = {
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "adamax": optim.Adamax,
    "nadam": optim.NAdam,
    "sgd@torch": optim.SGD,
    "rmsprop@torch": optim.RMSprop,
    "adagrad@torch": optim.Adagrad,
    "adadelta@torch": optim.Adadelta,
    "adafactor@torch": optim.Adafactor,
    "muon@torch": optim.Muon,
}
RULES = [*CLASSES, "lion", "nag@torch", "clip_norm(1.0) | adamw", "soap", "muon@torch(scale=none)"]


def parameters():
    return [torch.nn.Parameter(torch.ones(2, 2))]


@pytest.mark.parametrize("text", NAMES)
def test_named_after_the_rule(text):
    made = Optimizer(network().named_parameters(), text)
    for kind in (optimizer_class(text), type(made)):
        assert kind.__name__ == NAMES[text]
        assert issubclass(kind, Optimizer)
        assert issubclass(kind, optim.Optimizer)
    assert isinstance(made, Optimizer)


def test_the_same_class_for_the_same_rule():
    assert optimizer_class("adamw") is optimizer_class(" adamw ")
    assert optimizer_class(Lion(0.1)) is optimizer_class(Lion(0.1))
    assert optimizer_class(Lion(0.1)) is not optimizer_class(Lion(0.2))
    assert type(Optimizer(parameters(), "adam(lr=0.1)")) is type(Optimizer(parameters(), "adam"))
    assert slalom.torch.AdamW is optimizer_class("adamw")
    assert slalom.torch.GradientDescent is optimizer_class("gradient_descent")
    for absent in ("adamw", "Adma", "RAdam"):
        with pytest.raises(AttributeError, match=absent):
            getattr(slalom.torch, absent)


@pytest.mark.parametrize("text", CLASSES)
def test_the_signature_is_pytorchs(text):
    """Its arguments in its order with its defaults, and more of them behind."""
    ours = inspect.signature(optimizer_class(text)).parameters
    theirs = inspect.signature(CLASSES[text]).parameters
    by_position = [n for n, one in ours.items() if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert by_position == [
        n for n, one in theirs.items() if one.kind is one.POSITIONAL_OR_KEYWORD
    ]  # fmt: skip
    for name, one in theirs.items():
        if name in ("params", "foreach", "fused"):
            continue
        default = ours[name].default
        same_none = (default or 0) == (one.default or 0)
        if (text, name) != ("muon@torch", "weight_decay"):  # a decay of its own is a wrapper here
            assert default == one.default or same_none or name == "eps", name
    assert ours["lr"].annotation is float
    assert "lr" in optimizer_class(text).__init__.__annotations__


@pytest.mark.parametrize("text", RULES)
def test_all_defaults_given_are_none_given(text):
    """As tools for configuration call a class."""
    kind = optimizer_class(text)
    usual = {
        name: one.default
        for name, one in inspect.signature(kind).parameters.items()
        if one.default is not one.empty
    }
    bare = kind(parameters())
    assert kind(parameters(), **usual).rules() == bare.rules()
    assert type(bare)(parameters(), **bare.defaults).rules() == bare.rules()


def test_made_by_position_and_by_keyword():
    kind = optimizer_class("clip_norm(2.0) | adamw")
    made = kind(parameters(), 0.1, (0.5, 0.6), weight_decay=0.2, limit=3.0, maximize=True)
    assert made.rules()[0] == slalom.parse(
        "clip_norm(3.0) | adamw(lr=0.1, beta1=0.5, beta2=0.6, weight_decay=0.2)"
    )
    assert made.param_groups[0]["maximize"] is True
    assert "AdamW" in repr(made)
    assert "decay" in kind.__doc__


WRONG = {
    "unknown setting 'rate'": lambda kind: kind(parameters(), rate=0.1),
    "lr must be in": lambda kind: kind(parameters(), lr=-1),
    "needs params": lambda kind: kind(),
    "lr is given twice": lambda kind: kind(parameters(), 0.1, lr=0.2),
    "beta1 is 0.8, and betas says 0.9: give one": lambda kind: kind(
        parameters(), beta1=0.8, betas=(0.9, 0.99)
    ),
    "takes at most 6 arguments by position": lambda kind: kind(*range(20)),
}


@pytest.mark.parametrize("message", WRONG)
def test_misuse(message):
    wanted = SlalomError if "must be" in message or "says" in message else TypeError
    with pytest.raises(wanted, match=message):
        WRONG[message](optimizer_class("adam"))


@pytest.mark.parametrize("rule", ["adamw", "clip_norm(1.0) | lion", ClipNorm(2.0) | Lion(0.1)])
def test_pickled_and_copied(rule):
    model = network()
    kind = optimizer_class(rule)
    assert pickle.loads(pickle.dumps(kind)) is kind
    for make in (kind, lambda p: Optimizer(p, rule)):
        optimizer = make(model.parameters())
        train(model, optimizer, 2)
        for twin in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
            assert type(twin) is type(optimizer)
            assert twin.rules() == optimizer.rules()
            assert [k["step"] for k in twin.state.values()] == [2] * 4


def _names(kind, optimizer, results):
    results.put((kind.__name__, type(optimizer).__name__, optimizer.param_groups[0]["betas"]))


@pytest.mark.slow
def test_in_a_process_of_its_own():
    context = multiprocessing.get_context("spawn")
    results, kind = context.Queue(), optimizer_class("clip_norm(1.0) | adamw")
    optimizer = kind(parameters(), betas=(0.5, 0.6))
    process = context.Process(target=_names, args=(kind, optimizer, results))
    process.start()
    assert results.get(timeout=120) == ("ClipNormAdamW", "ClipNormAdamW", (0.5, 0.6))
    process.join()


def test_the_profiler_shows_the_name():
    optimizer = Optimizer(parameters(), "adamw", compile=False)
    optimizer.param_groups[0]["params"][0].grad = torch.ones(2, 2)
    with torch.profiler.profile() as profile:
        optimizer.step()
        optimizer.zero_grad()
    shown = {event.key for event in profile.key_averages()}
    assert {"Optimizer.step#AdamW.step", "Optimizer.zero_grad#AdamW.zero_grad"} <= shown

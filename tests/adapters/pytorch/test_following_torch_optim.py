"""The same training as under torch.optim, to rounding."""

import pytest
import torch
from torch import optim
from torch.optim import lr_scheduler as schedulers

from slalom.torch import Optimizer

from .training import INPUTS, TARGETS, network, train, vector

PAIRS = {
    "sgd(lr=0.1, momentum=0.9, dampening=0.4)": (
        optim.SGD,
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.4},
    ),
    "sgd(lr=0.1, momentum=0.9, nesterov=true)": (
        optim.SGD,
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    "adam(lr=0.01, amsgrad=true)": (optim.Adam, {"lr": 0.01, "amsgrad": True}),
    "adamw(lr=0.01)": (optim.AdamW, {"lr": 0.01}),
    "nadam(lr=0.01)": (optim.NAdam, {"lr": 0.01}),
    "weight_decay(0.1) | rmsprop(lr=0.01, decay=0.99, eps_inside=false)": (
        optim.RMSprop,
        {"lr": 0.01, "weight_decay": 0.1},
    ),
}


pytestmark = pytest.mark.usefixtures("double_precision")


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("text", PAIRS)
def test_small_network(text, maximize):
    kind, settings = PAIRS[text]
    ours, theirs = network(), network()
    optimizer = Optimizer(ours.parameters(), text, maximize=maximize, compile=False)
    expected = train(theirs, kind(theirs.parameters(), maximize=maximize, **settings), 40)
    torch.testing.assert_close(train(ours, optimizer, 40), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "kind", "settings"),
    [
        ("adam(lr=0.01)", optim.Adam, {"lr": 0.01}),
        ("nadam(lr=0.01)", optim.NAdam, {"lr": 0.01}),
        ("adam(lr=0.01)", optim.Adam, {"lr": 0.01, "fused": True}),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_fused_kernels(text, kind, settings, dtype):
    ours, theirs = network(dtype), network(dtype)
    found = train(ours, Optimizer(ours.parameters(), text), 40)
    expected = train(theirs, kind(theirs.parameters(), **settings), 40)
    rounding = torch.finfo(dtype).eps
    torch.testing.assert_close(found, expected, rtol=1e3 * rounding, atol=1e2 * rounding)


SCHEDULES = {
    "StepLR": lambda o: schedulers.StepLR(o, 7, 0.5),
    "CosineAnnealingLR": lambda o: schedulers.CosineAnnealingLR(o, 30),
    "LambdaLR": lambda o: schedulers.LambdaLR(o, lambda epoch: 0.95**epoch),
    "OneCycleLR": lambda o: schedulers.OneCycleLR(o, 0.05, total_steps=60),
    "CyclicLR": lambda o: schedulers.CyclicLR(o, 0.001, 0.05, step_size_up=9),
    "SequentialLR": lambda o: schedulers.SequentialLR(
        o, [schedulers.LinearLR(o, 0.1, 1.0, 10), schedulers.ExponentialLR(o, 0.9)], [10]
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("text", ["adam(lr=0.01)", "sgd(lr=0.01, momentum=0.9)"])
def test_schedulers(text, name):
    """OneCycleLR and CyclicLR cycle the momentum too: beta1 of Adam."""
    ours, theirs = network(), network()
    kind = optim.Adam(theirs.parameters(), 0.01)
    if "sgd" in text:
        kind = optim.SGD(theirs.parameters(), 0.01, momentum=0.9)
    optimizer = Optimizer(ours.parameters(), text, compile=False)
    expected = train(theirs, kind, 50, SCHEDULES[name](kind))
    found = train(ours, optimizer, 50, SCHEDULES[name](optimizer))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
    assert optimizer.param_groups[0]["lr"] == kind.param_groups[0]["lr"]


def test_plateau():
    def run(model, optimizer):
        scheduler = schedulers.ReduceLROnPlateau(optimizer, patience=1, threshold=0.5)
        for _ in range(20):
            train(model, optimizer, 1)
            scheduler.step(1.0)
        return train(model, optimizer, 1)

    ours, theirs = network(), network()
    expected = run(theirs, optim.Adam(theirs.parameters(), 0.01))
    found = run(ours, Optimizer(ours.parameters(), "adam(lr=0.01)", compile=False))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def test_groups_and_frozen_parameters():
    """Each parameter has its own count of steps: one that rested is debiased as a young one."""

    def run(model, make):
        first, second = model[0], model[2]
        optimizer = make(
            [
                {"params": first.parameters(), "lr": 0.05, "weight_decay": 0.0},
                {"params": [second.weight]},
            ]
        )
        first.weight.requires_grad_(False)
        train(model, optimizer, 10)
        first.weight.requires_grad_(True)
        optimizer.add_param_group({"params": second.bias, "lr": 0.2})
        return train(model, optimizer, 20)

    ours, theirs = network(), network()
    expected = run(theirs, lambda groups: optim.AdamW(groups, lr=0.01, weight_decay=0.1))
    text = "adamw(lr=0.01, weight_decay=0.1)"
    found = run(ours, lambda groups: Optimizer(groups, text))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("split", [False, True], ids=["one group", "two groups"])
def test_clipping_is_over_all_parameters(split):
    """As clip_grad_norm_ over the model, whose 1e-6 beside the norm is all that differs."""
    ours, theirs = network(), network()
    expected = optim.Adam(theirs.parameters(), 0.01)
    groups = list(ours.parameters())
    if split:
        groups = [{"params": groups[:1]}, {"params": groups[1:], "lr": 0.01}]
    optimizer = Optimizer(groups, "clip_norm(0.05) | adam(lr=0.01)")
    for _ in range(30):
        train(ours, optimizer, 1)
        expected.zero_grad()
        ((theirs(INPUTS) - TARGETS) ** 2).mean().backward()
        norm = torch.nn.utils.get_total_norm([p.grad for p in theirs.parameters()])
        for p in theirs.parameters():
            p.grad.mul_(min(1.0, 0.05 / norm.item()))
        expected.step()
    torch.testing.assert_close(vector(ours), vector(theirs), rtol=1e-9, atol=1e-12)


@pytest.mark.lab
@pytest.mark.parametrize(
    ("text", "make"),
    [
        ("adam(lr=0.005)", lambda ps: optim.Adam(ps, 0.005)),
        ("sgd(lr=0.05, momentum=0.9)", lambda ps: optim.SGD(ps, 0.05, momentum=0.9)),
    ],
)
def test_convolutional_network_on_the_digits(text, make):
    """300 steps in float64, to 1e-10 of the size of each tensor."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = torch.tensor(digits.images / 16.0).unsqueeze(1)
    labels = torch.tensor(digits.target)
    batches = torch.randint(len(labels), (300, 16), generator=torch.Generator().manual_seed(0))

    def run(make):
        torch.manual_seed(0)
        model = torch.nn.Sequential(
            torch.nn.Conv2d(1, 4, 3, stride=2),
            torch.nn.ReLU(),
            torch.nn.Flatten(),
            torch.nn.Linear(36, 10),
        )
        optimizer, losses = make(model.parameters()), []
        for batch in batches:
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return list(model.parameters()), losses

    ours, losses = run(lambda ps: Optimizer(ps, text))
    theirs, _ = run(make)
    assert sum(losses[-20:]) < 0.5 * sum(losses[:20]), "it learns"
    for a, b in zip(ours, theirs, strict=True):
        assert (a - b).abs().max() < 1e-10 * b.abs().max()

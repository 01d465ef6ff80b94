"""The documented settings give PyTorch's paths, in float64."""

import numpy as np
import pytest
import torch

from slalom.rules import parse

from .sequences import SEQUENCES, assert_same, path

PAIRS = {
    "gradient_descent(lr=0.1)": ("SGD", {"lr": 0.1}),
    "sgd(lr=0.1, momentum=0.9)": ("SGD", {"lr": 0.1, "momentum": 0.9}),
    "sgd(lr=0.1, momentum=0.9, dampening=0.4)": (
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.4},
    ),
    "sgd(lr=0.1, momentum=0.9, nesterov=true)": (
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    "adagrad(lr=0.1, eps=1e-10, eps_inside=false)": ("Adagrad", {"lr": 0.1}),
    "adagrad(lr=0.1, eps=1e-3, eps_inside=false, lr_decay=0.05, initial_accumulator_value=0.1)": (
        "Adagrad",
        {"lr": 0.1, "eps": 1e-3, "lr_decay": 0.05, "initial_accumulator_value": 0.1},
    ),
    "rmsprop(lr=0.01, decay=0.99, eps_inside=false, lr_inside=false)": ("RMSprop", {}),
    "rmsprop(lr=0.01, decay=0.99, eps_inside=false, lr_inside=false, momentum=0.9, eps=1e-3)": (
        "RMSprop",
        {"momentum": 0.9, "eps": 1e-3},
    ),
    "rmsprop(lr=0.01, decay=0.9, eps_inside=false, lr_inside=false, centered=true, eps=1e-3)": (
        "RMSprop",
        {"alpha": 0.9, "centered": True, "eps": 1e-3},
    ),
    "adadelta(decay=0.9)": ("Adadelta", {}),
    "adadelta(lr=0.3, decay=0.95, eps=1e-3)": ("Adadelta", {"lr": 0.3, "rho": 0.95, "eps": 1e-3}),
    "adam": ("Adam", {}),
    "adam(lr=0.1, beta1=0.8, beta2=0.95, eps=1e-3)": (
        "Adam",
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3},
    ),
    "adam(lr=0.1, beta2=0.9, amsgrad=true)": (
        "Adam",
        {"lr": 0.1, "betas": (0.9, 0.9), "amsgrad": True},
    ),
    "adam(lr=0.1, beta2=0.9, amsgrad=true, eps=1e-3)": (
        "Adam",
        {"lr": 0.1, "betas": (0.9, 0.9), "amsgrad": True, "eps": 1e-3},
    ),
    "adamax": ("Adamax", {}),
    "adamax(lr=0.1, beta1=0.8, beta2=0.9, eps=1e-3)": (
        "Adamax",
        {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3},
    ),
    "nadam": ("NAdam", {}),
    "nadam(lr=0.1, beta1=0.8, beta2=0.95, eps=1e-3, momentum_decay=0.1)": (
        "NAdam",
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "momentum_decay": 0.1},
    ),
    "weight_decay(0.1) | adam": ("Adam", {"weight_decay": 0.1}),
    "weight_decay(0.1) | sgd(lr=0.1, momentum=0.9, nesterov=true)": (
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ),
    "weight_decay(0.1) | rmsprop(lr=0.01, decay=0.99, eps_inside=false)": (
        "RMSprop",
        {"weight_decay": 0.1},
    ),
    "adamw": ("AdamW", {}),
    "adamw(lr=0.1, beta1=0.8, beta2=0.95, eps=1e-3, weight_decay=0.3)": (
        "AdamW",
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.3},
    ),
    "weight_decay(0.1, decoupled=true) | nadam": (
        "NAdam",
        {"weight_decay": 0.1, "decoupled_weight_decay": True},
    ),
}


@pytest.fixture(autouse=True)
def _double_precision():
    """NAdam keeps its product of momenta in the default dtype."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def pytorch_path(name, settings, gs, x):
    parameter = torch.nn.Parameter(torch.tensor(x))
    optimizer = getattr(torch.optim, name)([parameter], **settings)
    found = []
    for g in gs:
        parameter.grad = torch.tensor(g)
        optimizer.step()
        found.append(parameter.detach().numpy().copy())
    return np.stack(found)


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize("text", PAIRS)
def test_same_path(text, sequence):
    name, settings = PAIRS[text]
    gs = SEQUENCES[sequence]
    x = np.array([1.0, -2.0, 0.5, 3.0]) if "weight_decay" in settings else np.zeros(4)
    assert_same(path(parse(text), gs, x), pytorch_path(name, settings, gs, x))


def test_settings_that_do_not_match_are_told_apart():
    """The comparison is sharp enough to see each convention."""
    gs = SEQUENCES["ordinary"]
    for text, name in {
        "adam(eps_inside=true)": "Adam",
        "adam(eps_hat=true)": "Adam",
        "adamax(eps_inside=false)": "Adamax",
        "rmsprop(lr=0.01, decay=0.99)": "RMSprop",
        "adagrad(eps=1e-10)": "Adagrad",
        "nadam(momentum_decay=0.004001)": "NAdam",
        "adadelta(decay=0.9, eps=1.000001e-6)": "Adadelta",
    }.items():
        with pytest.raises(AssertionError, match="off by"):
            assert_same(path(parse(text), gs), pytorch_path(name, {}, gs, np.zeros(4)))

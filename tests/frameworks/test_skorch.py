"""skorch: networks with the interface of scikit-learn."""

import pytest
import torch
from skorch import NeuralNet
from skorch.callbacks import LRScheduler

from slalom.torch import optimizer_class

from .training import LR, data, network, vector


def net(kind, **more):
    options = {"criterion": torch.nn.MSELoss, "lr": LR, "max_epochs": 5, "batch_size": 16}
    options |= {"optimizer": kind, "train_split": None, "verbose": 0}
    return NeuralNet(network, **{**options, **more})


def fitted(*given, **more):
    torch.manual_seed(0)
    return vector(net(*given, **more).fit(*data()).module_)


CASES = {
    "NeuralNet(optimizer=optimizer_class('adam'), optimizer__lr=…)": (
        ("adam", torch.optim.Adam),
        {"optimizer__lr": LR},
    ),
    "lr, optimizer__betas, optimizer__weight_decay": (
        ("adamw", torch.optim.AdamW),
        {"optimizer__betas": (0.8, 0.99), "optimizer__weight_decay": 0.1},
    ),
    "optimizer__param_groups by patterns": (
        ("adam", torch.optim.Adam),
        {"optimizer__param_groups": [("0.*", {"lr": LR / 2})]},
    ),
    "callback LRScheduler": (
        ("sgd@torch", torch.optim.SGD),
        {"callbacks": [LRScheduler("StepLR", step_size=2)], "optimizer__momentum": 0.9},
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_net(what, report):
    (text, theirs), options = CASES[what]
    found = [fitted(kind, **options) for kind in (optimizer_class(text), theirs)]
    report.compare("skorch", what, *found, vector(network()), 1e-6)


def test_parameters_are_set_as_in_scikit_learn(report):
    found = []
    for kind in (optimizer_class("adamw"), torch.optim.AdamW):
        one = net(kind).initialize()
        one.set_params(optimizer__lr=2 * LR)
        found.append(vector(one.partial_fit(*data()).module_))
    report.compare("skorch", "set_params(optimizer__lr=…)", *found, vector(network()), 1e-6)


def test_resumed(report, tmp_path):
    """Five epochs, saved, five more: in the net that went on and in a fresh one."""
    kind = optimizer_class("adamw")
    files = {"f_params": tmp_path / "params.pt", "f_optimizer": tmp_path / "optimizer.pt"}
    one = net(kind).fit(*data())
    one.save_params(**files)
    one.partial_fit(*data())
    other = net(kind).initialize()
    other.load_params(**files)
    other.partial_fit(*data())
    found = vector(other.module_), vector(one.module_)
    report.compare("skorch", "resumed: save_params, load_params", *found, vector(network()), 0)

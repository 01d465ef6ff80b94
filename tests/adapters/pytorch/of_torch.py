"""The optimizers of PyTorch that Slalom has, with the inputs of PyTorch's own tests, as rules.

`torch.testing._internal.common_optimizers` is part of PyTorch's wheel. It lists for each optimizer
the settings, the wrong inputs and the schedulers that PyTorch tests it with.
"""

import dataclasses
import sys
import types
import unittest
import warnings
from copy import deepcopy

import torch

from slalom.torch import Optimizer, from_torch, rule_of

if "expecttest" not in sys.modules:  # of which PyTorch's tools need a base class that is not used
    sys.modules["expecttest"] = types.ModuleType("expecttest")
    sys.modules["expecttest"].TestCase = unittest.TestCase
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_optimizers import optim_db

WITHOUT_RULE = ("LBFGS",)
INFOS = {info.name: info for info in optim_db if info.name not in WITHOUT_RULE}
MATRICES_ONLY = ("Muon",)
LAZY = ("SparseAdam",)
WITHOUT_DECAY = ("Rprop", "SparseAdam")


def inputs(name):
    """The settings, made anew, because a tensor among them may be changed by a test.

    All but those of Muon that give coefficients of one's own: `muon` has two sets by name.
    """
    found = [deepcopy(one.kwargs) for one in INFOS[name].optim_inputs_func(device="cpu")]
    return [settings for settings in found if "ns_coefficients" not in settings]


def theirs(name, params, settings):
    """PyTorch's optimizer, by its plainest implementation."""
    plain = {"foreach": False} if "foreach" in INFOS[name].supported_impls else {}
    return INFOS[name].optim_cls(params, **plain, **settings)


def ours(name, params, settings, compiled=False):
    """Slalom's optimizer with the same settings; a tensor rate stays one.

    Args:
        name: of PyTorch's class.
        params: tensors, named ones or groups.
        settings: in PyTorch's words.
        compiled: False steps by the rule's own lines, None by fused kernels.
    """
    settings = dict(settings)
    rate = settings.pop("lr", None)
    number = {} if rate is None else {"lr": float(rate)}
    if name in LAZY:
        maximize = {"maximize": settings.pop("maximize", False)}
        made = Optimizer(params, lazy_rule({**settings, **number}), lazy=True, **maximize)
    else:
        made = from_torch(theirs(name, params, {**settings, **number}))
    if isinstance(rate, torch.Tensor):
        for group in made.param_groups:
            if group["lr"] == rate.item():
                group["lr"] = rate
    made.compile = compiled
    return made


def lazy_rule(settings):
    """SparseAdam's: Adam with eps beside the root of the uncorrected second moment."""
    return dataclasses.replace(rule_of(probe("Adam", settings)), eps_hat=True)


def probe(name, settings):
    """PyTorch's optimizer over nothing of use, with settings that its constructor may refuse."""
    made = INFOS[name].optim_cls([torch.zeros(2, 2)])
    made.param_groups[0].update(settings)
    return made


def tensors(name, dtype=torch.float64, contiguous=True, seed=0):
    """A weight and a bias; of two axes both where the optimizer steps matrices alone."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(5, 4), (5, 1) if name in MATRICES_ONLY else (5,)]
    if contiguous:
        drawn = [torch.randn(s, generator=generator, dtype=dtype) for s in shapes]
    else:
        drawn = [torch.randn((*s, 2), generator=generator, dtype=dtype)[..., 0] for s in shapes]
    return [torch.nn.Parameter(one) for one in drawn]


def twins(params):
    """Parameters of the same numbers and layouts."""
    return [torch.nn.Parameter(p.detach().clone()) for p in params]


def loss(params):
    """Of a linear map; real, and smooth where the parameters are complex."""
    weight, bias = params
    point = torch.linspace(-1, 1, 4, dtype=weight.dtype)
    return (weight @ point + bias.reshape(-1) - 1).abs().square().sum()


def differentiate(name, optimizer, params):
    """The loss, and its gradients as the optimizer takes them."""
    optimizer.zero_grad()
    found = loss(params)
    found.backward()
    if INFOS[name].only_supports_sparse_grads:
        for p in params:
            if p.grad is not None:
                p.grad = p.grad.to_sparse()
    return found.detach()


def descend(name, optimizer, params, steps=5, schedulers=()):
    """Some steps; the parameters then."""
    for _ in range(steps):
        reached = differentiate(name, optimizer, params)
        optimizer.step()
        for scheduler in schedulers:
            if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
                scheduler.step(reached)
            else:
                scheduler.step()
    return [p.detach().clone() for p in params]

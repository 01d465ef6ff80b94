"""Accelerate, Lightning and Transformers in two processes."""

import pytest
import torch

from . import test_accelerate as accelerate_alone
from . import test_lightning as lightning_alone
from . import test_transformers as transformers_alone
from .training import LR, SIDES, data, network, train, vector
from .two_processes import twice


def accelerated(_, side):
    accelerator, parts = accelerate_alone.prepared(side, gradient_accumulation_steps=2)
    assert accelerator.num_processes == 2
    return [accelerate_alone.epoch(accelerator, parts) for _ in range(3)][-1]


def exchanged(rank, side):
    """The optimizer is made before the model is sharded; then its groups get the new parameters.

    This is what `Accelerator.prepare` does with a plugin of version 2, which it takes on
    accelerators alone: stand-ins that carry the old addresses, and the exchange, are as there.
    """
    from accelerate.utils.fsdp_utils import fsdp2_switch_optimizer_parameters
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    model = network(torch.float64)
    optimizer = SIDES[side](model.parameters(), lr=LR)
    addresses = {name: p.data_ptr() for name, p in model.named_parameters()}
    for group in optimizer.param_groups:
        for i, p in enumerate(group["params"]):
            group["params"][i] = torch.empty(1, dtype=p.dtype)
            group["params"][i].data_ptr = p.data_ptr()
    fully_shard(model, mesh=init_device_mesh("cpu", (2,)))
    new = dict(model.named_parameters())
    fsdp2_switch_optimizer_parameters(optimizer, {at: new[name] for name, at in addresses.items()})
    train(model, optimizer, data(torch.float64, rank), 20)
    return vector(model)


def fitted(_, side):
    trainer, module = lightning_alone.fitted(side, devices=2, strategy="ddp")
    assert trainer.world_size == 2
    return vector(module)


def transformed(_, side):
    one = transformers_alone.given(side, gradient_accumulation_steps=2)
    assert one.args.world_size == 2
    return vector(one.model)


def start():
    return network(torch.float64)


CASES = {
    "accelerate": {
        "two processes": (accelerated, network, 1e-6),
        "fully_shard, fsdp2_switch_optimizer_parameters": (exchanged, start, 1e-12),
    },
    "lightning": {"strategy ddp": (fitted, network, 1e-6)},
    "transformers": {"Trainer in two processes": (transformed, transformers_alone.model, 1e-5)},
}
ALL = {what: case for cases in CASES.values() for what, (case, _, _) in cases.items()}


found = twice(ALL)


@pytest.mark.parametrize("what", ALL)
def test_frameworks(what, found, report):
    package = next(name for name, cases in CASES.items() if what in cases)
    _, start, tolerance = CASES[package][what]
    report.compare(package, what, *found[what], vector(start()), tolerance)

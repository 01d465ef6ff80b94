"""Each process has a part of every parameter."""

import pytest
import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.nn.utils import clip_grad_norm_
from torch.optim.lr_scheduler import CosineAnnealingLR

from slalom.torch import Optimizer

from .training import LR, SIDES, data, network, train, vector
from .two_processes import Twice

DOUBLE = torch.float64


def fully_sharded(**options):
    from torch.distributed.fsdp import fully_shard

    model = network(DOUBLE)
    for layer in model[0], model[2], model:
        fully_shard(layer, mesh=init_device_mesh("cpu", (2,)), **options)
    return model


def fsdp2(rank, side):
    model = fully_sharded()
    optimizer = SIDES[side](model.parameters(), lr=LR)
    scheduler = CosineAnnealingLR(optimizer, 4)

    def clipped():
        clip_grad_norm_(model.parameters(), 0.5)

    for _ in range(4):
        train(model, optimizer, data(DOUBLE, rank), 5, clipped)
        scheduler.step()
    return vector(model)


def clipped_within(rank, side):
    """Slalom's clipping, and PyTorch's, which divides by the norm and 1e-6."""
    model = fully_sharded()
    if side == "slalom":
        optimizer = Optimizer(model.parameters(), "clip_norm(0.1) | adamw", lr=LR)
        train(model, optimizer, data(DOUBLE, rank), 20)
    else:
        optimizer = SIDES[side](model.parameters(), lr=LR)
        clip = lambda: clip_grad_norm_(model.parameters(), 0.1)  # noqa: E731
        train(model, optimizer, data(DOUBLE, rank), 20, clip)
    return vector(model)


def halves(rank, side):
    """Gradients in half precision, parameters and states in double."""
    from torch.distributed.fsdp import MixedPrecisionPolicy

    policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    model = fully_sharded(mp_policy=policy)
    inputs, targets = data(torch.bfloat16, rank)
    train(model, SIDES[side](model.parameters(), lr=LR), (inputs, targets), 20)
    return vector(model)


def fsdp1(rank, side, flat=False):
    from torch.distributed.fsdp import FullyShardedDataParallel

    model = FullyShardedDataParallel(
        network(DOUBLE), use_orig_params=not flat, device_id=torch.device("cpu")
    )
    optimizer = SIDES[side](model.parameters(), lr=LR)
    train(model, optimizer, data(DOUBLE, rank), 10)
    saved = FullyShardedDataParallel.optim_state_dict(model, optimizer)
    fresh = SIDES[side](model.parameters(), lr=LR)
    loaded = FullyShardedDataParallel.optim_state_dict_to_load(model, fresh, saved)
    fresh.load_state_dict(loaded)
    train(model, fresh, data(DOUBLE, rank), 10)
    with FullyShardedDataParallel.summon_full_params(model):
        return vector(model)


def fsdp1_flat(rank, side):
    return fsdp1(rank, side, flat=True)


def tensor_parallel(_, side):
    from torch.distributed.tensor.parallel import (
        ColwiseParallel,
        RowwiseParallel,
        parallelize_module,
    )

    plan = {"0": ColwiseParallel(), "2": RowwiseParallel()}
    model = parallelize_module(network(DOUBLE), init_device_mesh("cpu", (2,)), plan)
    train(model, SIDES[side](model.parameters(), lr=LR), data(DOUBLE), 20)
    return vector(model)


CASES = {
    "fully_shard, clip_grad_norm_, CosineAnnealingLR": (fsdp2, 1e-12),
    "fully_shard, Slalom's clip_norm against clip_grad_norm_": (clipped_within, 1e-5),
    "fully_shard, MixedPrecisionPolicy bfloat16": (halves, 1e-12),
    "FullyShardedDataParallel, optim_state_dict": (fsdp1, 1e-12),
    "FullyShardedDataParallel(use_orig_params=False), optim_state_dict": (fsdp1_flat, 1e-12),
    "parallelize_module, ColwiseParallel, RowwiseParallel": (tensor_parallel, 1e-12),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(tmp_path_factory.mktemp("two"))
        return Twice({what: case for what, (case, _) in CASES.items()})


@pytest.mark.parametrize("what", CASES)
def test_sharded(what, found, report):
    report.compare("torch", what, *found[what], vector(network(DOUBLE)), CASES[what][1])

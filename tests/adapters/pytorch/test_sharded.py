"""Parameters sharded over two processes: the rule's own lines give what they give unsharded."""

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.distributed.checkpoint.state_dict import (
    get_optimizer_state_dict,
    set_optimizer_state_dict,
)

from slalom.torch import Optimizer

from .training import closure_for, network

TEXTS = [
    "adam(lr=0.01)",
    "clip_norm(0.01) | adam(lr=0.01)",
    "average(0.9) | nadam(lr=0.01)",
    "noise(0.1) | clip_value(0.1) | adamw(lr=0.01)",
    "nesterov(lr=0.1)",
    "lion(lr=0.01)",
    "lamb(lr=0.01)",
    "novograd(lr=0.01)",
    "prodigy()",
    "schedule_free() | gradient_descent(lr=0.1)",
    "sam(0.05) | momentum(lr=0.01)",
    "cautious() | adam(lr=0.01)",
    "partition(matrices=adafactor(lr=0.01), rest=adam(lr=0.01))",
    "soap(lr=0.01, every=2)",
    "soap(lr=0.01, every=2, precondition_1d=true)",
    "partition(matrices=muon(lr=0.02), rest=adam(lr=0.01))",
]
RESUMED = ["adam(lr=0.01)", "nesterov(lr=0.1)", "sam(0.05) | momentum(lr=0.01)"]
"""The last two ask for a closure, without which PyTorch makes the states of a fresh optimizer."""


def trained(model, text, is_resumed=False):
    generator = torch.Generator().manual_seed(7) if "noise" in text else None
    optimizer = Optimizer(model.named_parameters(), text, generator=generator, compile=None)
    for step in range(5):
        if is_resumed and step == 3:
            optimizer.zero_grad()
            saved = get_optimizer_state_dict(model, optimizer)
            optimizer = Optimizer(model.named_parameters(), text)
            set_optimizer_state_dict(model, optimizer, saved)
        optimizer.step(closure_for(model, optimizer))
    with optimizer.evaluate():
        return [p.detach().clone() for p in model.parameters()]


def work(rank, place):
    from torch.distributed.fsdp import fully_shard

    dist.init_process_group("gloo", init_method=f"file://{place}", rank=rank, world_size=2)
    try:
        for text, is_resumed in [*((t, False) for t in TEXTS), *((t, True) for t in RESUMED)]:
            model = network()
            fully_shard(model)
            pairs = zip(trained(model, text, is_resumed), trained(network(), text), strict=True)
            for sharded, whole in pairs:  # rows of 6 and of 1: one process has no share of one
                found = sharded.full_tensor()
                torch.testing.assert_close(found, whole, rtol=1e-12, atol=1e-14, msg=text)
    finally:
        dist.destroy_process_group()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fsdp_in_two_processes(tmp_path):
    mp.spawn(work, (tmp_path / "meeting",), nprocs=2)

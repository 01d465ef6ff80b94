"""Two processes that train one model: replicas, and optimizers that divide the parameters."""

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.nn.parallel import DistributedDataParallel

from slalom.errors import SlalomError
from slalom.torch import Optimizer

from .training import closure_for, network

ALONE = ["adam(lr=0.01)", "weight_decay(0.1) | momentum", "clip_value(0.01) | lion(lr=0.01)"]
DIVIDED = "ZeroRedundancyOptimizer gives each process a part of them"
TOGETHER = ["clip_norm(0.01) | adam(lr=0.01)", "prodigy()", "sam(0.05) | adam(lr=0.01)"]


def trained(model, optimizer):
    for _ in range(5):
        optimizer.step(closure_for(model, optimizer))
    return [p.detach().clone() for p in model.parameters()]


def alone(text, **given):
    model = network()
    return trained(model, Optimizer(model.parameters(), text, **given))


def same(found, expected, title):
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14, msg=title)


def divided(model, text):
    from torch.distributed.optim import ZeroRedundancyOptimizer  # warns of a deprecation of its own

    return ZeroRedundancyOptimizer(model.parameters(), optimizer_class=Optimizer, rule=text)


def work(rank, place):
    dist.init_process_group("gloo", init_method=f"file://{place}", rank=rank, world_size=2)
    try:
        for text in ALONE:
            model = DistributedDataParallel(network())
            same(trained(model, divided(model, text)), alone(text), text)
        for text in [*TOGETHER, "noise(0.1) | adam"]:
            with pytest.raises(
                SlalomError, match="ZeroRedundancyOptimizer gives each process a part"
            ):
                divided(DistributedDataParallel(network()), text)
        for text in TOGETHER:  # each replica has all parameters
            model = DistributedDataParallel(network())
            same(trained(model, Optimizer(model.parameters(), text)), alone(text), text)
        torch.manual_seed(rank)  # as for augmentation
        model = DistributedDataParallel(network())
        with pytest.raises(SlalomError, match="all processes must draw the same"):
            Optimizer(model.parameters(), "noise(0.1) | adam")
        with pytest.raises(SlalomError, match="all processes must draw the same"):
            Optimizer([{"params": model.parameters(), "rule": "noise(0.1) | adam"}], "adam")
        seeded = [torch.Generator().manual_seed(3) for _ in range(2)]
        optimizer = Optimizer(model.parameters(), "noise(0.1) | adam", generator=seeded[0])
        same(trained(model, optimizer), alone("noise(0.1) | adam", generator=seeded[1]), "noise")
    finally:
        dist.destroy_process_group()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_two_processes(tmp_path):
    mp.spawn(work, (tmp_path / "meeting",), nprocs=2)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_one_process_of_a_group_of_one(tmp_path):
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/one", rank=0, world_size=1)
    try:
        same(trained(model := network(), divided(model, TOGETHER[0])), alone(TOGETHER[0]), "one")
        Optimizer(network().parameters(), "noise(0.1) | adam")
    finally:
        dist.destroy_process_group()

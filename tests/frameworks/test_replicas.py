"""Each process has all parameters and a batch of its own."""

import pytest
import torch
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grad_norm_
from torch.optim.lr_scheduler import ExponentialLR

from .training import LR, SIDES, data, loss_of, network, train, vector
from .two_processes import twice

DOUBLE = torch.float64


def replica():
    return DistributedDataParallel(network(DOUBLE))


def ddp(rank, side):
    model = replica()
    optimizer = SIDES[side](model.parameters(), lr=LR)
    clip = lambda: clip_grad_norm_(model.parameters(), 0.5)  # noqa: E731
    train(model, optimizer, data(DOUBLE, rank), 20, clip)
    return vector(model)


def accumulated(rank, side):
    model = replica()
    optimizer = SIDES[side](model.parameters(), lr=LR)
    for step in range(20):
        optimizer.zero_grad()
        with model.no_sync():
            loss_of(model, *data(DOUBLE, 4 * step + rank)).backward()
        loss_of(model, *data(DOUBLE, 4 * step + 2 + rank)).backward()
        optimizer.step()
    return vector(model)


def zero(rank, side):
    from torch.distributed.optim import ZeroRedundancyOptimizer

    model = replica()
    parameters = model.parameters()
    optimizer = ZeroRedundancyOptimizer(parameters, optimizer_class=SIDES[side], lr=LR)
    scheduler = ExponentialLR(optimizer, 0.9)
    for _ in range(4):
        train(model, optimizer, data(DOUBLE, rank), 5)
        scheduler.step()
    return vector(model)


def zero_resumed(rank, side):
    """Broken off and resumed: the state is gathered by one process, and given to all."""
    from torch.distributed import broadcast_object_list
    from torch.distributed.optim import ZeroRedundancyOptimizer

    def made(model):
        return ZeroRedundancyOptimizer(model.parameters(), optimizer_class=SIDES[side], lr=LR)

    model = replica()
    optimizer = made(model)
    train(model, optimizer, data(DOUBLE, rank), 10)
    optimizer.consolidate_state_dict(0)
    gathered = [optimizer.state_dict() if rank == 0 else None]
    broadcast_object_list(gathered, 0)
    fresh = made(model)
    fresh.load_state_dict(gathered[0])
    train(model, fresh, data(DOUBLE, rank), 10)
    return vector(model)


def averaged(rank, side):
    """Each replica steps by itself, and now and then the parameters are averaged."""
    from torch.distributed.algorithms.model_averaging.averagers import PeriodicModelAverager
    from torch.distributed.optim import PostLocalSGDOptimizer

    model = network(DOUBLE)
    averager = PeriodicModelAverager(period=2, warmup_steps=1)
    optimizer = PostLocalSGDOptimizer(SIDES[side](model.parameters(), lr=LR), averager)
    train(model, optimizer, data(DOUBLE, rank), 20)
    return vector(model)


CASES = {
    "DistributedDataParallel, clip_grad_norm_": ddp,
    "DistributedDataParallel, no_sync": accumulated,
    "ZeroRedundancyOptimizer(optimizer_class=…), ExponentialLR": zero,
    "ZeroRedundancyOptimizer, consolidate_state_dict, resumed": zero_resumed,
    "PostLocalSGDOptimizer": averaged,
}


found = twice(CASES)


@pytest.mark.parametrize("what", CASES)
def test_replicas(what, found, report):
    report.compare("torch", what, *found[what], vector(network(DOUBLE)), 1e-12)

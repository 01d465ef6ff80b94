"""DeepSpeed: ZeRO over flat partitions, with an optimizer that it does not know, on CPUs."""

import os

import pytest
import torch

from .training import LR, SIDES, data, loss_of, network, vector
from .two_processes import twice


def trained(rank, side, stage, steps=20):
    os.environ["DS_ACCELERATOR"] = "cpu"
    import deepspeed

    model = network()
    config = {
        "train_micro_batch_size_per_gpu": 64, "gradient_clipping": 0.5,
        "zero_optimization": {"stage": stage}, "zero_allow_untested_optimizer": True,
    }  # fmt: skip
    optimizer = SIDES[side](model.parameters(), lr=LR)
    engine, *_ = deepspeed.initialize(
        model=model, optimizer=optimizer, config=config, dist_init_required=False
    )
    for _ in range(steps):
        engine.backward(loss_of(engine, *data(torch.float32, rank)))
        engine.step()
    whole = deepspeed.zero.GatheredParameters(list(model.parameters()), enabled=stage == 3)
    with whole:
        return vector(model)


def replicated(rank, side):
    return trained(rank, side, 0)


def states(rank, side):
    return trained(rank, side, 1)


def gradients(rank, side):
    return trained(rank, side, 2)


def parameters(rank, side):
    return trained(rank, side, 3)


CASES = {
    "ZeRO stage 0": replicated,
    "ZeRO stage 1": states,
    "ZeRO stage 2": gradients,
    "ZeRO stage 3": parameters,
}


found = twice(CASES)


@pytest.mark.parametrize("what", CASES)
def test_zero(what, found, report):
    report.compare("deepspeed", what, *found[what], vector(network()), 1e-6)

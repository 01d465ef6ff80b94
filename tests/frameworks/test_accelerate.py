"""Accelerate: a loop of one's own, prepared for any machine."""

import pytest
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader, TensorDataset

from .training import LR, SIDES, data, loss_of, network, vector


def prepared(side, **options):
    AcceleratorState._reset_state()  # it is the process's, and keeps the first precision
    accelerator = Accelerator(cpu=True, **options)
    model = network()
    optimizer = SIDES[side](model.parameters(), lr=LR)
    loader = DataLoader(TensorDataset(*data()), batch_size=8)
    parts = model, optimizer, loader, CosineAnnealingLR(optimizer, 20)
    return accelerator, accelerator.prepare(*parts)


def epoch(accelerator, parts):
    model, optimizer, loader, scheduler = parts
    for batch in loader:
        with accelerator.accumulate(model):
            accelerator.backward(loss_of(model, *batch))
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
    return vector(model)


OPTIONS = {
    "prepare, clip_grad_norm_, CosineAnnealingLR": ({}, 1e-6),
    "gradient_accumulation_steps": ({"gradient_accumulation_steps": 2}, 1e-6),
    "mixed_precision bf16": ({"mixed_precision": "bf16"}, 1e-5),
}


@pytest.mark.parametrize("what", OPTIONS)
def test_loop(what, report):
    options, tolerance = OPTIONS[what]
    found = []
    for side in SIDES:
        accelerator, parts = prepared(side, **options)
        found.append([epoch(accelerator, parts) for _ in range(3)][-1])
    report.compare("accelerate", what, *found, vector(network()), tolerance)


def test_resumed(report, tmp_path):
    accelerator, parts = prepared("slalom")
    epoch(accelerator, parts)
    accelerator.save_state(tmp_path)
    whole = epoch(accelerator, parts)
    accelerator, parts = prepared("slalom")
    accelerator.load_state(tmp_path)
    resumed = epoch(accelerator, parts)
    report.compare(
        "accelerate", "resumed: save_state, load_state", resumed, whole, vector(network()), 0
    )

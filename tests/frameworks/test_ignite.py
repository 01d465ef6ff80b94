"""Ignite: its trainer, schedules of any number of a group, and checkpoints."""

import pytest
from ignite.engine import Events, create_supervised_trainer
from ignite.handlers import (
    Checkpoint,
    CosineAnnealingScheduler,
    LinearCyclicalScheduler,
    create_lr_scheduler_with_warmup,
)
from torch.nn.functional import mse_loss
from torch.utils.data import DataLoader, TensorDataset

from .training import LR, SIDES, data, network, vector


def parts(side, scheduled, **options):
    model = network()
    optimizer = SIDES[side](model.parameters(), lr=LR)
    trainer = create_supervised_trainer(model, optimizer, mse_loss, **options)
    scheduler = scheduled(optimizer)
    trainer.add_event_handler(Events.ITERATION_STARTED, scheduler)
    kept = {"model": model, "optimizer": optimizer, "trainer": trainer, "scheduler": scheduler}
    return model, optimizer, trainer, kept


def run(trainer, epochs):
    trainer.run(DataLoader(TensorDataset(*data()), batch_size=8), max_epochs=epochs)


def cosine(optimizer):
    return CosineAnnealingScheduler(optimizer, "lr", LR, LR / 10, cycle_size=16)


def warm(optimizer):
    return create_lr_scheduler_with_warmup(cosine(optimizer), LR / 100, warmup_duration=5)


def decay(optimizer):
    return LinearCyclicalScheduler(optimizer, "weight_decay", 0.5, 0.0, cycle_size=20)


CASES = {
    "create_supervised_trainer, create_lr_scheduler_with_warmup": (warm, {}),
    "gradient_accumulation_steps": (cosine, {"gradient_accumulation_steps": 2}),
    "LinearCyclicalScheduler of weight_decay": (decay, {}),
}


@pytest.mark.parametrize("what", CASES)
def test_trainer(what, report):
    scheduled, options = CASES[what]
    found = []
    for side in SIDES:
        model, _, trainer, _ = parts(side, scheduled, **options)
        run(trainer, 4)
        found.append(vector(model))
    report.compare("pytorch-ignite", what, *found, vector(network()), 1e-6)


def test_resumed(report, tmp_path):
    model, _, trainer, kept = parts("slalom", cosine)
    saving = Checkpoint(kept, str(tmp_path), global_step_transform=lambda *_: 2)
    trainer.add_event_handler(Events.EPOCH_COMPLETED(once=2), saving)
    run(trainer, 4)
    [file] = tmp_path.glob("*.pt")
    other, _, trainer, kept = parts("slalom", cosine)
    Checkpoint.load_objects(kept, file)
    run(trainer, 4)
    found = vector(other), vector(model)
    report.compare("pytorch-ignite", "resumed: Checkpoint", *found, vector(network()), 0)

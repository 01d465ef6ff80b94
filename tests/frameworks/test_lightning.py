"""Lightning's Trainer and Fabric."""

import csv
from pathlib import Path
from typing import Any

import lightning
import pytest
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset

from .training import LR, SIDES, data, loss_of, network, train, vector


class Module(lightning.LightningModule):
    """The small network with a schedule that changes the rate and the first beta each step."""

    def __init__(self, side):
        super().__init__()
        self.network, self.make = network(), SIDES[side]

    def training_step(self, batch, _):
        return loss_of(self.network, *batch)

    def configure_optimizers(self) -> Any:
        optimizer = self.make(self.parameters(), lr=LR)
        scheduler = OneCycleLR(optimizer, 2 * LR, total_steps=32)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


def fitted(side, epochs=4, path=None, **options):
    trainer = lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", enable_progress_bar=False,
        enable_model_summary=False, enable_checkpointing=False,
        **{"logger": False, "devices": 1, **options},
    )  # fmt: skip
    module = Module(side)
    trainer.fit(module, DataLoader(TensorDataset(*data()), batch_size=8), ckpt_path=path)
    return trainer, module


def start():
    return vector(network())


OPTIONS = {
    "Trainer, OneCycleLR": ({}, 1e-6),
    "gradient_clip_val": ({"gradient_clip_val": 0.3}, 1e-6),
    "accumulate_grad_batches": ({"accumulate_grad_batches": 2}, 1e-6),
    "precision 64-true": ({"precision": "64-true"}, 1e-12),
    "precision bf16-mixed": ({"precision": "bf16-mixed"}, 1e-5),
    # one in the last of eight bits, for parameters between 1/2 and 1, is 4e-3
    "precision bf16-true": ({"precision": "bf16-true"}, 1e-2),
}


@pytest.mark.parametrize("what", OPTIONS)
def test_trainer(what, report):
    options, tolerance = OPTIONS[what]
    ours, theirs = (vector(fitted(side, **options)[1]) for side in SIDES)
    report.compare("lightning", what, ours, theirs, start(), tolerance)


def test_resumed(report, tmp_path):
    half, _ = fitted("slalom", 2)
    half.save_checkpoint(tmp_path / "half.ckpt")
    resumed = fitted("slalom", 4, tmp_path / "half.ckpt")[1]
    whole = fitted("slalom", 4)[1]
    report.compare("lightning", "resumed: ckpt_path", vector(resumed), vector(whole), start(), 0)


def test_rates_are_logged_under_the_name_of_pytorchs_class(report):
    """`lr-AdamW` and `lr-AdamW-momentum`, with the same values."""
    seen = {}
    for side in SIDES:
        logger = CSVLogger(".", name=side)
        monitor = LearningRateMonitor(log_momentum=True, log_weight_decay=True)
        fitted(side, callbacks=[monitor], logger=logger, log_every_n_steps=1)
        with Path(logger.log_dir, "metrics.csv").open(encoding="utf-8") as file:
            seen[side] = list(csv.DictReader(file))
    assert {"lr-AdamW", "lr-AdamW-momentum", "lr-AdamW-weight_decay"} <= seen["torch"][0].keys()
    assert len(seen["torch"]) > 30
    report.same("lightning", "LearningRateMonitor: lr-AdamW and the others", *seen.values())


def test_fabric(report):
    found = []
    for make in SIDES.values():
        fabric = lightning.Fabric(accelerator="cpu", devices=1, precision="bf16-mixed")
        model = network()
        model, optimizer = fabric.setup(model, make(model.parameters(), lr=LR))
        for _ in range(10):
            optimizer.zero_grad()
            fabric.backward(loss_of(model, *data()))
            fabric.clip_gradients(model, optimizer, max_norm=1.0)
            optimizer.step()
        found.append(vector(model))
    report.compare("lightning", "Fabric, bf16-mixed, clip_gradients", *found, start(), 1e-5)


def test_fabric_resumed(report, tmp_path):
    fabric = lightning.Fabric(accelerator="cpu", devices=1)

    def prepared():
        model = network()
        return fabric.setup(model, SIDES["slalom"](model.parameters(), lr=LR))

    model, optimizer = prepared()
    train(model, optimizer, data(), 5)
    fabric.save(tmp_path / "half.ckpt", {"model": model, "optimizer": optimizer})
    train(model, optimizer, data(), 5)
    resumed, fresh = prepared()
    fabric.load(tmp_path / "half.ckpt", {"model": resumed, "optimizer": fresh})
    train(resumed, fresh, data(), 5)
    report.compare(
        "lightning", "resumed: Fabric.save, load", vector(resumed), vector(model), start(), 0
    )

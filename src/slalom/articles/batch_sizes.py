"""S6: the size of a batch: one sample, some, all, or some first and all later."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from ..descent.training import Training, train
from ..landscapes.orbit import COUNT, orbit
from ..problems import Batches
from ..rules import Schedule, hybrid
from ..studies.chart import Chart, Panel
from .study import Figure, Study
from .transfer_orbit import orbit_problem

SWITCH = 8  # the epoch after which the hybrid goes over to all samples
SIZES: Mapping[str, int | Schedule] = {
    "batch 1": 1,
    "batch 32": 32,
    "batch 512": COUNT,
    "hybrid": hybrid(32, COUNT, SWITCH),
}


def histories(*, epochs: int = 30, lr: float = 0.01, seed: int = 0, thin: bool = True) -> Chart:
    """The loss at every update against epochs, of SGD on the transfer orbit.

    On the left the loss of the batch that an update sees, which is what a training loop knows;
    on the right the loss over all samples at the same parameters. An update whose batch has no
    usable point is skipped, and has no loss.

    Args:
        epochs: how often every sample is seen.
        lr: the learning rate, the same for all.
        seed: of the batches.
        thin: keep one in 32 updates of batch 1, and one in 2 of batch 32.
    """
    problem = orbit_problem()
    curves = []
    for size in SIZES.values():
        batches = Batches(size, epochs)
        run = train(f"sgd({lr})", problem, batches, seeds=(seed,), path=True, dtype=np.float64)
        kept = _kept(batches.sizes(COUNT)) if thin else slice(None)
        curves.append(_curve(run, kept))
    longest = max(len(seen) for seen, *_ in curves)
    padded = [[_padded(each, longest) for each in curve] for curve in curves]
    seen, of_batch, of_all = (np.stack(each) for each in zip(*padded, strict=True))
    along = ("batch", "point")
    data = xr.Dataset(
        {"epoch": (along, seen), "batch_loss": (along, of_batch), "loss": (along, of_all)},
        {"batch": list(SIZES), "point": np.arange(longest)},
    )
    panels = tuple(
        Panel(y, x="epoch", by="batch", log="y", xlabel="epoch", ylabel="loss", title=title)
        for y, title in (("batch_loss", "of the batch"), ("loss", "of all samples"))
    )
    ends = {f"final loss of {name}": of_all[i][~np.isnan(of_all[i])][-1] for i, name in _numbered()}
    return Chart(data, f"SGD {lr} on the transfer orbit, by batch size", panels, ends)


def _numbered() -> list[tuple[int, str]]:
    return list(enumerate(SIZES))


def _kept(sizes: list[int]) -> np.ndarray:
    """Which updates are drawn: 1 in 32 of batch 1, 1 in 2 of batch 32, all of a full batch."""
    every = {1: 32, 32: 2, COUNT: 1}
    return np.concatenate([np.arange(COUNT // size) % every[size] == 0 for size in sizes])


def _curve(run: Training, kept: np.ndarray | slice) -> tuple[np.ndarray, ...]:
    """Epochs, loss of the batch and loss of all samples, at the kept updates."""
    before = run.data.position.values[0, :-1]
    lanes = run.data.seen.values, run.data.loss.values[0], np.asarray(orbit(before))
    return tuple(lane[kept] for lane in lanes)


def _padded(values: np.ndarray, length: int) -> np.ndarray:
    return np.pad(values, (0, length - len(values)), constant_values=np.nan)


STUDY = Study(
    id="S6",
    title="Batch sizes",
    articles=("orbit",),
    about=(
        "The same 512 samples, the same learning rate, the same order: only the number of "
        "samples that share an update differs. One sample an update means 512 updates an epoch, "
        "each in a direction of its own; all samples mean one smooth update. The hybrid takes 32 "
        "for eight epochs and all of them after that. A batch that has no usable point gives no "
        "update at all: parameters and the state of the rule stay as they are."
    ),
    figures=(
        Figure(
            "histories",
            "The loss at every update",
            histories,
            shows="Per epoch, the smaller the batch the faster the loss falls, and the more it "
            "shakes. The hybrid follows batch 32 for eight epochs and is smooth from there.",
        ),
    ),
    claims=("C29", "C41"),
)

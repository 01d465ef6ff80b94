"""S4: the optimizers of the landscapes on a real network."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..descent.training import train
from ..problems import Batches, mlp
from ..studies.bands import band
from ..studies.chart import Chart, Panel
from .study import Figure, Study

RULES = {
    "nesterov": "nesterov(lr=0.1, momentum=0.9, shifted=true)",
    "rmsprop": "rmsprop(lr=0.003, decay=0.9)",
    "adadelta": "adadelta(lr=3, decay=0.95, eps=1e-6)",
    "adagrad": "adagrad(lr=0.03)",
    "adam": "adam(lr=0.003)",
}
"""habr's five; its rates are those of its landscapes, these are ours for a network."""


def histories(
    *, epochs: int = 10, seeds: int = 10, batch: int = 64, hidden: tuple[int, ...] = (64,)
) -> Chart:
    """Loss against step of five optimizers on scikit-learn's digits, over seeds.

    Args:
        epochs: how often every digit is seen.
        seeds: how many, at least 2; each has weights and batches of its own.
        batch: digits an update.
        hidden: the widths of the hidden layers, of ReLU units.
    """
    problem, batches = mlp("digits", hidden), Batches(batch, epochs)
    runs = [train(rule, problem, batches, seeds=range(seeds)) for rule in RULES.values()]
    loss = np.stack([run.data.loss.values.T for run in runs])
    right = np.stack([run.data.test_metric.values.T[1:] for run in runs])
    data = xr.Dataset(
        band(loss, "loss", ("rule", "step")) | band(right, "accuracy", ("rule", "epoch")),
        {
            "rule": list(RULES),
            "step": runs[0].data.step.values,
            "epoch": runs[0].data.epoch.values[1:],  # before it all guess, and hide the rest
            "rule_name": ("rule", list(RULES)),
            "settings": ("rule", [run.rule.text(full=True) for run in runs]),
        },
    )
    panels = tuple(
        Panel(y, x, low=f"{y}_low", high=f"{y}_high", log=log, ylabel=label, title=title)
        for y, x, log, label, title in (
            ("loss", "step", "y", "loss of the batch", f"training loss, mean of {seeds} seeds"),
            ("accuracy", "epoch", "", "share of test digits right", "on digits kept apart"),
        )
    )
    ends = data.accuracy.values[:, -1]
    numbers = {f"final accuracy of {k}": float(v) for k, v in zip(RULES, ends, strict=True)}
    return Chart(data, "Five optimizers learn to read digits", panels, numbers)


STUDY = Study(
    id="S4",
    title="Training histories",
    articles=("habr",),
    about=(
        "The optimizers that were raced over landscapes train a network of 64 hidden units to "
        "read scikit-learn's handwritten digits. All of them begin with the same weights and see "
        "the same batches; ten seeds give each curve an interval of 95% for its mean. The rates "
        "are ours, since those of the landscapes are made for two parameters."
    ),
    figures=(
        Figure(
            "histories",
            "Loss against step, and accuracy",
            histories,
            shows="The training losses keep their distance, Nesterov lowest; but on digits kept "
            "apart, seen after every epoch, all five end within about one percent of each other.",
        ),
    ),
    claims=("C57",),
)

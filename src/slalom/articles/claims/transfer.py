"""Claims on the transfer orbit: batch sizes, and how its four optimizers end."""

from __future__ import annotations

import itertools

import numpy as np

from ...descent.training import train
from ...landscapes.orbit import SEMI_AXES, orbit
from ...problems import Batches
from ...studies.statistics import share
from ..batch_sizes import SIZES
from ..full_and_mini_batch import line_landscape, line_problem
from ..transfer_orbit import orbit_problem, trained
from .claim import Claim, Measured
from .experiment import bars, curves

PROBLEMS = {
    "orbit": (orbit_problem, orbit, 0.01),
    "line": (line_problem, line_landscape(), 0.02),
}
"""The problem, the landscape of all its samples, and the learning rate."""

BATCHES = dict(zip(("batch 1", "batch 32", "full batch", "hybrid"), SIZES.values(), strict=True))
CLOSE = 0.01


def batch_sizes(seeds: int = 50, epochs: int = 30) -> Measured:
    """How far each batch size is after two epochs, and how often its loss rises late."""
    last = min(10, epochs // 2)
    early: dict[str, list] = {name: [] for name in BATCHES}
    rises: dict[str, list] = {name: [] for name in BATCHES}
    shown = {}
    for problem, ground, lr in PROBLEMS.values():
        least = ground.minima[0].value
        for name, size in BATCHES.items():
            batches = Batches(size, epochs)
            run = train(f"sgd({lr})", problem(), batches, seeds=range(seeds), dtype=np.float64)
            excess = run.data.train_loss.values - least
            early[name].append(excess[:, 2])
            rises[name].append(np.diff(excess[:, -last - 1 :], axis=1) > 0)
            shown.setdefault(name, np.nanmedian(excess, axis=0))
    full, one, hybrid = (np.concatenate(early[n]) for n in ("full batch", "batch 1", "hybrid"))
    rise = {name: share(np.concatenate(found)) for name, found in rises.items()}
    figures = {
        **share(one < full).named("batch_1_ahead"),  # a run that was thrown away is not
        **share(hybrid < full).named("hybrid_ahead"),
        **rise["batch 1"].named("batch_1_rises"),
        # its run is the same in every order: one run has no interval
        "full_rises": rise["full batch"].value,
        **rise["hybrid"].named("hybrid_rises"),
    }
    chart = curves(
        "The loss on the transfer orbit above its least, median of the seeds",
        {"epoch": np.arange(epochs + 1)},
        shown,
        "loss above the least",
        "y",
    )
    return Measured(figures, chart)


def semi_axes(seeds: int = 60, epochs: int = 100) -> Measured:
    """How often each optimizer of the article finds the true semi-axes, and on what path."""
    runs = trained(epochs, 64, *range(seeds))
    paths = {name: np.abs(run.data.position.values) for name, run in runs.items()}
    # an ellipse of semi-axis -A is that of A
    found = {
        name: (np.abs(path[:, -1] - SEMI_AXES) < CLOSE).all(-1) for name, path in paths.items()
    }
    shares = {name: share(arrived) for name, arrived in found.items()}
    apart = [
        np.nanmax(np.linalg.norm(a - b, axis=-1), axis=1)
        for a, b in itertools.combinations(paths.values(), 2)
    ]
    figures = {
        "least_share": min(s.value for s in shares.values()),
        "least_share_low": min(s.low for s in shares.values()),
        "optimizers_that_mostly_arrive": sum(s.low > 0.5 for s in shares.values()),
        **share(np.all(list(found.values()), axis=0)).named("all_four"),
        "least_distance_of_paths": float(np.min(apart)),
    }
    chart = bars(
        f"Runs that end within {CLOSE} of both true semi-axes",
        shares,
        f"share of {seeds} orders of the batches",
        each="optimizer",
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C29",
        sentence="Single samples bring descent forward fast at first but noisily, the full batch "
        "slowly and smoothly; large batches after small ones have the good of both.",
        articles=("orbit",),
        experiment="the transfer orbit (rate 0.01) and a line fitted to points (0.02), descent for "
        "30 epochs from 50 orders of the samples, batches of 1, all, and the article's hybrid (32 "
        "for 8 epochs, then all); the chart shows 32 throughout, too: the share of runs whose loss "
        "over all samples is below that of the full batch after two epochs, and the share of the "
        "last ten epochs in which it rises, the twenty before them left out. The full batch runs "
        "alike in every order: its share has no interval. Fast means below in nine of ten runs, "
        "smooth a rise in at most one epoch of ten, noisy in at least one of four. In part: but "
        "for the hybrid.",
        measure=batch_sizes,
        holds="min(batch_1_ahead_low, hybrid_ahead_low) >= 0.9 and batch_1_rises_low >= 0.25 "
        "and max(full_rises, hybrid_rises_high) <= 0.1",
        in_part="batch_1_ahead_low >= 0.9 and batch_1_rises_low >= 0.25 and full_rises <= 0.1",
    ),
    Claim(
        id="C30",
        sentence="All four optimizers end within 0.01 of the true semi-axes, each along its own "
        "path.",
        articles=("orbit",),
        experiment="the article's SGD, momentum, RMSProp and Adam with its settings, batches of "
        "64, 100 epochs, 60 orders of the samples: the share of runs of each that end within 0.01 "
        "of both semi-axes, and the least over pairs and orders of the largest distance between "
        "two paths. Own means that two paths are apart by 0.1 somewhere. All end there if 95 % of "
        "the runs of each do; in part: most runs of at least two of them.",
        measure=semi_axes,
        holds="least_share >= 0.95 and least_distance_of_paths >= 0.1",
        in_part="optimizers_that_mostly_arrive >= 2 and least_distance_of_paths >= 0.1",
    ),
)

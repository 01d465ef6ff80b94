"""Trainings of two parameters as a race: their paths over the landscape of the whole data."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np
from jax import enable_x64

from ..descent import Outcome, Run, Trace
from ..descent.loop import judge
from ..descent.objective import as_objective
from ..descent.training import Training
from ..landscapes import Landscape
from ..studies.race import Race, as_data


def raced(
    trainings: Sequence[Training], ground: Landscape, names: Sequence[str] | None = None
) -> Race:
    """The paths of trainings, each of one seed and with its path kept, over a landscape.

    A step is an update of the training that makes the most of them; the others are where they
    are at the same number of samples seen. Loss and gradient norm are the landscape's, over all
    samples, and not those of the batch that an update saw.

    Args:
        trainings: on the same samples, for the same number of epochs.
        ground: the landscape of all samples.
        names: of the trainings, where their rules do not tell them apart.
    """
    clock = max((_moments(training) for training in trainings), key=len)
    runs = [_run(training, ground, clock) for training in trainings]
    start = runs[0].variables["position"][1][0]
    data = as_data(runs, ground, start, int(trainings[0].data.seed[0]))
    if names is not None:
        data = data.assign_coords(rule=list(names), settings=("rule", list(names)))
    return Race(data, ground)


def _moments(training: Training) -> np.ndarray:
    """Epochs over at each moment of a path, up to rounding."""
    return training.batches.seen(training.problem.train.count).round(9)


def _run(training: Training, ground: Landscape, clock: np.ndarray) -> Run:
    at = np.searchsorted(_moments(training), clock, side="right") - 1
    position = training.data.position.values[0, at].astype(np.float64)
    with enable_x64(True):
        found = jax.vmap(lambda p: judge(as_objective(ground), p))(position)
    moved = np.diff(position, axis=0, prepend=position[:1])
    trace = Trace(
        position,
        np.asarray(found.loss),
        np.asarray(found.gradient_norm),
        np.linalg.norm(moved, axis=-1),
    )
    ended = training.outcome[0]
    outcome = Outcome(ended.kind, int(np.searchsorted(at, ended.step)))
    end = (trace.position[outcome.step], trace.loss[outcome.step])
    slope = trace.gradient_norm[outcome.step]
    return Run(training.rule, len(clock) - 1, *end, slope, outcome, trace, ground.axes)

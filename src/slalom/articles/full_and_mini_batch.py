"""S9: the full batch against mini-batches, on a line fitted to points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ..descent.training import Training, train
from ..landscapes import Landscape
from ..landscapes.landscape import Minimum
from ..problems import Batches, Problem, Samples, squared_error
from ..studies.chart import Chart, Panel
from ..studies.race import Race
from .paths import raced
from .study import Figure, Study

COUNT = 256
START = (-1.0, 4.0)


@dataclass(frozen=True)
class Line:
    """The model `y = slope x + intercept`, its parameters one vector."""

    def init(self, draws: Any, dtype: Any) -> Any:
        """The start that all runs share."""
        return np.asarray(START, dtype)

    def apply(self, params: Any, inputs: Any) -> Any:
        """Y of shape (n,)."""
        slope, intercept = params
        return slope * inputs + intercept


def points(seed: int = 0) -> Samples:
    """Points around y = 2x + 1: x uniform in [0, 2], y with noise of N(0, 0.5²)."""
    random = np.random.default_rng(seed)
    x = random.uniform(0, 2, COUNT)
    return Samples(x, 2 * x + 1 + 0.5 * random.standard_normal(COUNT))


def line_problem() -> Problem:
    """The line as a learning problem."""
    samples = points()
    none = samples.at(slice(0, 0))
    return Problem("line", samples, none, Line(), squared_error, squared_error)


def line_landscape() -> Landscape:
    """The mean squared error over all points, a parabola in slope and intercept.

    mean(x²) s² + 2 mean(x) s i + i² - 2 mean(xy) s - 2 mean(y) i + mean(y²)
    """
    x, y = points()
    xx, xy, yy = np.mean(x * x), np.mean(x * y), np.mean(y * y)
    mean_x, mean_y = np.mean(x), np.mean(y)

    def error(p: Any) -> Any:
        s, i = p
        square = float(xx) * s**2 + 2 * float(mean_x) * s * i + i**2
        return square - 2 * float(xy) * s - 2 * float(mean_y) * i + float(yy)

    best = np.polyfit(x, y, 1)
    return Landscape(
        name="line",
        function=error,
        dim=2,
        domain=((-1.5, 4.0), (-1.0, 5.0)),
        start=START,
        axes=("slope", "intercept"),
        source="medium",
        minima=(Minimum(tuple(best.tolist()), float(error(best)), True),),
        formula="mean((slope x + intercept - y)²) over 256 points",
    )


def trained(epochs: int, batch: int, lr: float, seed: int) -> dict[str, Training]:
    """Descent by the full batch and by mini-batches, at one learning rate."""
    sizes = {f"descent (full batch of {COUNT})": None, f"descent (mini-batches of {batch})": batch}
    options: dict[str, Any] = {"seeds": (seed,), "path": True, "dtype": np.float64}
    return {
        name: train(f"sgd({lr})", line_problem(), Batches(size, epochs), **options)
        for name, size in sizes.items()
    }


def paths(*, epochs: int = 10, batch: int = 16, lr: float = 0.1, seed: int = 0) -> Race:
    """The two paths at the same number of samples seen: a step is a mini-batch.

    Between its updates, one an epoch, the full batch stands still.

    Args:
        epochs: how often every point is seen.
        batch: points a mini-batch.
        lr: the learning rate of both.
        seed: of the batches.
    """
    runs = trained(epochs, batch, lr, seed)
    return raced(list(runs.values()), line_landscape(), list(runs))


def losses(*, epochs: int = 10, batch: int = 16, lr: float = 0.1, seed: int = 0) -> Chart:
    """The loss over all points against the samples seen, at every mini-batch.

    Args:
        epochs: how often every point is seen.
        batch: points a mini-batch.
        lr: the learning rate of both.
        seed: of the batches.
    """
    race = paths(epochs=epochs, batch=batch, lr=lr, seed=seed)
    excess = race.data.loss.values - race.landscape.minima[0].value
    seen = np.linspace(0, epochs * COUNT, excess.shape[1])
    data = xr.Dataset(
        {"excess": (("rule", "seen"), excess)}, {"rule": race.data.rule.values, "seen": seen}
    )
    panel = Panel("excess", "seen", log="y", xlabel="samples seen", ylabel="loss above the least")
    ends = zip(data.rule.values, excess[:, -1], strict=True)
    numbers = {f"final excess of {name}": float(end) for name, end in ends}
    return Chart(data, "The loss at the same number of samples seen", (panel,), numbers)


STUDY = Study(
    id="S9",
    title="Full batch against mini-batch",
    articles=("medium",),
    about=(
        "A line is fitted to 256 points by plain descent, once with all points in every update "
        "and once with sixteen. Both are followed at the same number of points seen, which is "
        "what the work is counted in: while the full batch takes one exact step, mini-batches "
        "take sixteen rough ones."
    ),
    figures=(
        Figure(
            "paths",
            "Two paths over the loss",
            paths,
            shows="Mini-batches run down a crooked path and circle around the minimum; the full "
            "batch is still on its way along the valley. A step of the picture is an update with "
            "16 points: of its 160 the full batch stands still in all but every sixteenth, and so "
            "takes ten smooth steps.",
            animated=True,
        ),
        Figure(
            "losses",
            "The loss against samples seen",
            losses,
            shows="The loss of mini-batches falls first and then shakes at a floor; that of the "
            "full batch falls in even stairs, one an epoch.",
            animated=True,
        ),
    ),
    claims=("C41",),
)

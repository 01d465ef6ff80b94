"""S19: the exact mean of the last gradients beside the exponential one."""

from __future__ import annotations

import numpy as np
import xarray as xr

from .. import signals
from ..errors import SlalomError
from ..studies.chart import Chart, Panel
from .averages import averaged
from .study import Figure, Study


def forgetting(signal: str = "rectangles", window: int = 10, length: int = 120) -> Chart:
    """The exact mean of the last gradients beside the exponential one.

    The exponential average keeps one number where the exact mean keeps `window`. Its weights
    after t values, `(1 - beta) beta^k` for k below t, add up to `1 - beta^t`.

    Args:
        signal: the gradients, by name.
        window: how many gradients the exact mean takes, at least 2; beta is 1 - 1/window.
        length: how many gradients, at least four times `window`.

    Returns:
        `mean` (average, step); `weight` (average, age), after many steps; `total` (average,
        step), after each step all weights added up. The last average is the closed form of
        the exponential one's weights and of their sum.

    Raises:
        SlalomError: there is no such signal, or a window or length that is too small.
    """
    if not 2 <= window <= length / 4:
        raise SlalomError(
            f"window must be from 2 to {length // 4}, a quarter of the length, got {window}"
        )
    values = signals.find(signal).values(length=length)
    beta = 1 - 1 / window
    counts = np.minimum(np.arange(length) + 1, window)
    sums = np.convolve(values, np.ones(window))[:length]
    steps, ages = np.arange(1, length + 1), np.arange(4 * window)
    weights = averaged(np.eye(1, length)[0], (beta,))[0]
    none = np.full(length, np.nan)
    rows = {
        "mean": [values, sums / counts, averaged(values, (beta,), debias=True)[0], none],
        "weight": [none[ages], (ages < window) / window, weights[ages], (1 - beta) * beta**ages],
        "total": [none, np.ones(length), np.cumsum(weights), 1 - beta**steps],
    }
    names = [
        "gradient",
        f"mean of the last {window}",
        f"exponential, beta {beta:g}",
        "its weights in closed form",
    ]
    data = xr.Dataset(
        {
            name: (("average", "age" if name == "weight" else "step"), np.stack(lanes))
            for name, lanes in rows.items()
        },
        {"average": names, "step": steps, "age": ages},
    )
    panels = (
        Panel("mean", by="average", ylabel="gradient", title=f"averages of {signal}"),
        Panel("weight", by="average", x="age", title="weight of a gradient by its age"),
        Panel("total", by="average", title="all weights together"),
    )
    apart = np.abs(data.total[2] - data.total[3]).max()
    numbers = {
        "largest difference of the weights' sum from its closed form": float(apart),
        f"weight of what is older than {window}": float(beta**window),
    }
    return Chart(data, "What an average forgets", panels, numbers)


STUDY = Study(
    id="S19",
    title="What an average forgets",
    articles=("habr", "orbit"),
    about=(
        "The mean of the last ten gradients needs ten gradients in memory, and drops each of them "
        "at once when it is ten steps old. The exponential average needs one number, and lets "
        "every gradient fade. Its weights form a geometric series whose sum is 1 - beta^t: this "
        "is the number that the bias correction divides by."
    ),
    figures=tuple(
        Figure(
            signal.replace("_", "-"),
            f"Two averages of {signal.replace('_', ' ')}",
            forgetting,
            {"signal": signal},
            shows=shows,
            animated=True,
        )
        for signal, shows in (
            (
                "rectangles",
                (
                    "After each jump of the gradient the exact mean moves in a straight line and "
                    "arrives after ten steps; the exponential one sets out faster and never quite "
                    "arrives. All its weights together are 1 - beta^t."
                ),
            ),
            (
                "noisy_sine",
                "Both averages calm the noise about equally, at ten numbers of memory against one.",
            ),
        )
    ),
    claims=("C13", "C59"),
)

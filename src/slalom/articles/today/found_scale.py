"""S25: how fast Prodigy finds its scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from ...rules import parse
from ...studies.chart import Chart, Mark, Panel
from ..study import Figure, Study

CURVATURE = np.geomspace(0.01, 1, 50)  # of the parabola, by axis
FIRST = (1e-8, 1e-6, 1e-4, 1e-2)


def scales(
    *, first: Sequence[float] = FIRST, distance: float = 3.0, steps: int = 250, adam: float = 0.1
) -> Chart:
    """Prodigy's estimate of the distance, and its loss, from first estimates of many sizes.

    Args:
        first: the first estimates, `d0`.
        distance: the standard deviation of the minimum's components; the start is 0.
        steps: how many.
        adam: the rate of the Adam that is drawn beside it.

    Returns:
        `estimate` (run, step), the rate that Prodigy has found, for Adam its own; `loss` (run,
        step), over that at the start.
    """
    texts = {f"prodigy, d0 = {d:.0e}": f"prodigy(d0={d!r})" for d in first}
    texts[f"adam, lr = {adam:g}"] = f"adam(lr={adam!r})"
    runs = [_run(text, distance, steps, adam) for text in texts.values()]
    estimate, loss = (np.stack(part) for part in zip(*runs, strict=True))
    data = xr.Dataset(
        {"estimate": (("run", "step"), estimate), "loss": (("run", "step"), loss)},
        {"run": list(texts), "step": np.arange(1, steps + 1)},
    )
    panels = (
        Panel(
            "estimate", by="run", log="xy", ylabel="rate of the step", title="the scale it finds",
            marks=(Mark(distance, "deviation of the minimum"),),
        ),
        Panel("loss", by="run", log="y", ylabel="share of the loss left", title="what it reaches"),
    )  # fmt: skip
    numbers = {}
    for name, rate, left in zip(texts, estimate, loss, strict=True):
        if name.startswith("prodigy"):
            numbers[f"last estimate, {name}"] = float(rate[-1])
            numbers[f"steps to half of it, {name}"] = int(np.argmax(rate >= rate[-1] / 2)) + 1
        numbers[f"share of the loss left, {name}"] = float(left[-1])
    return Chart(data, "How Prodigy finds its scale", panels, numbers)


def _run(text: str, distance: float, steps: int, lr: float) -> tuple[np.ndarray, np.ndarray]:
    rule, x = parse(text), np.zeros(len(CURVATURE))
    minimum = distance * np.random.default_rng(0).standard_normal(len(x))
    state, found = rule.begin(x), np.zeros((2, steps))
    for t in range(1, steps + 1):
        delta, state = rule.step(x, CURVATURE * (x - minimum), state, t)
        x = x + delta
        rate = state.d if hasattr(state, "d") else lr
        found[:, t - 1] = float(rate), np.sum(CURVATURE * (x - minimum) ** 2)
    return found[0], found[1] / np.sum(CURVATURE * minimum**2)


STUDY = Study(
    id="S25",
    title="How fast Prodigy finds its scale",
    articles=("papers",),
    about=(
        "Prodigy has no rate to choose: it multiplies its steps by an estimate d of how far the "
        "minimum is from the start, a lower bound that only grows. It is asked only for a first "
        "d, far below."
    ),
    figures=(
        Figure(
            "scales",
            "From first estimates of many sizes",
            scales,
            shows="From each first estimate d grows faster than "
            "exponentially and stands, a little below the distance of the minimum, after 6 steps "
            "or after 21: every factor of 100 costs five steps. From there on all fall alike, as "
            "Adam with a fitting rate does.",
        ),
    ),
)

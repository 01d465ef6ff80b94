"""S24: clipping before and after Muon's orthogonalization."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from ...rules import Rule, parse
from ...rules.newton_schulz import newton_schulz
from ...studies.chart import Chart, Panel
from ..study import Figure, Study
from .singular_values import regression

SIZES = (4, 8, 16, 32, 64, 128, 256, 512)


def sizes(*, sizes: Sequence[int] = SIZES, largest: float = 1.0) -> Chart:
    """How much shorter a step of Muon becomes by clipping, by the size of a square matrix.

    Args:
        sizes: rows and columns.
        largest: the norm that clipping leaves.

    Returns:
        `factor` (place, size): the length of a step without clipping over that with it, where
        the gradient is clipped, `before`, and where the orthogonalized one is, `after`.
    """
    draws, found = np.random.default_rng(0), np.zeros((2, len(sizes)))
    for column, size in enumerate(sizes):
        g = draws.standard_normal((size, size))
        whole = np.linalg.norm(newton_schulz(g))
        clipped = np.linalg.norm(newton_schulz(g * min(1.0, largest / np.linalg.norm(g))))
        found[:, column] = whole / clipped, whole / min(whole, largest)
    data = xr.Dataset(
        {"factor": (("place", "size"), found)},
        {"place": ["before", "after"], "size": list(sizes)},
    )
    panel = Panel(
        "factor",
        x="size",
        by="place",
        log="xy",
        xlabel="rows and columns of the matrix",
        ylabel="how much shorter the step is",
    )
    numbers = {
        f"factor at {size}, clipped {place}": float(data.factor.sel(place=place, size=size))
        for size in (sizes[0], sizes[-1])
        for place in ("before", "after")
    }
    return Chart(data, "Clipping before and after orthogonalization", (panel,), numbers)


def spikes(*, updates: int = 300, every: int = 60, height: float = 30.0) -> Chart:
    """A regression of a matrix by Muon, without clipping, and with it at both places.

    Args:
        updates: how many steps, with the rate falling to 0 at the last.
        every: steps from one spike of the gradient to the next.
        height: the norm of a spike, a random matrix that is added to the gradient.

    Returns:
        `plain` and `spiked` (run, step): the mean squared error of what the weights predict, as
        a share of that at the start, without and with spikes.
    """
    muon = f"muon(lr=cosine(0.3, steps={updates}))"
    rules: dict[str, Rule] = {
        "no clipping": parse(muon),
        "clipped before": parse(f"clip_norm(1) | {muon}"),
        "clipped after": parse(f"clip_step(1) | {muon}"),
    }
    found = {
        name: np.stack([_errors(rule, updates, every, size) for rule in rules.values()])
        for name, size in (("plain", 0.0), ("spiked", height))
    }
    data = xr.Dataset(
        {name: (("run", "step"), rows) for name, rows in found.items()},
        {"run": list(rules), "step": np.arange(1, updates + 1)},
    )
    panels = tuple(
        Panel(name, by="run", log="y", ylabel="share of the error left", title=title)
        for name, title in (("plain", "gradients as they are"), ("spiked", "gradients with spikes"))
    )
    numbers = {
        f"share left, {name}, {run}": float(data[name].sel(run=run)[-1])
        for name in found
        for run in rules
    }
    return Chart(data, "Muon with clipped gradients and clipped steps", panels, numbers)


def _errors(rule: Rule, updates: int, every: int, height: float) -> np.ndarray:
    moments, weights = regression()
    draws = np.random.default_rng(1)
    x, found = np.zeros_like(weights), np.zeros(updates)
    state = rule.begin(x)
    for t in range(1, updates + 1):
        g = (x - weights) @ moments
        if t % every == 0:
            spike = draws.standard_normal(g.shape)
            g = g + height * spike / np.linalg.norm(spike)
        delta, state = rule.step(x, g, state, t)
        x = x + delta
        found[t - 1] = np.sum((x - weights) @ moments * (x - weights))
    return found / np.sum(weights @ moments * weights)


STUDY = Study(
    id="S24",
    title="Clipping before and after orthogonalization",
    articles=("papers",),
    about=(
        "Muon gives a matrix of gradients singular values of about 1, however long the gradient "
        "was. So clipping the gradient leaves the length of a step as it is, and only keeps one "
        "gradient from outweighing all others in the momentum. Clipping what comes out is "
        "another thing: an orthogonal matrix of n rows has the norm sqrt(n), and a limit of 1 "
        "cuts every step to a fraction, which is a smaller rate by another name."
    ),
    figures=(
        Figure(
            "sizes",
            "How much a step is shortened",
            sizes,
            shows="Clipped before, the step is as long as without clipping. Clipped "
            "after, to a norm of 1, it is shorter by about the root of the number of rows: 21 "
            "times at 512.",
        ),
        Figure(
            "spikes",
            "A regression with spikes",
            spikes,
            shows="With the same rate, clipping the gradient helps where gradients have "
            "spikes, as one spike then stays in the momentum with the weight of one gradient. "
            "Clipping the step makes it too short to arrive.",
        ),
    ),
)

"""S23: what Schedule-Free averages, and why it needs no schedule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from ...rules import Rule, parse
from ...studies.chart import Chart, Panel
from ..study import Figure, Study

CURVATURE = np.geomspace(0.03, 1, 20)  # of the parabola, by axis
LR = 0.3  # of all of them


def losses(
    *, horizons: Sequence[int] = (50, 200, 800), copies: int = 200, noise: float = 0.5
) -> Chart:
    """Losses on a parabola with noisy gradients: one Schedule-Free run, and schedules by length.

    Args:
        horizons: the lengths that a falling rate is made for, rising; the last one is that of the
            other runs.
        copies: independent runs that a loss is the mean of.
        noise: the standard deviation of the gradient's noise in each component.

    Returns:
        `loss` (run, step): the loss at the point to judge, over that at the start; NaN after the
        end of a run.
    """
    longest = max(horizons)
    texts = {
        "constant rate": (f"sgd(lr={LR})", longest),
        **{f"falling to step {n}": (f"sgd(lr=cosine({LR}, steps={n}))", n) for n in horizons},
        "schedule_free": (f"schedule_free(0.9) | gradient_descent(lr={LR})", longest),
    }
    found = np.full((len(texts), longest), np.nan)
    for row, (text, count) in enumerate(texts.values()):
        found[row, :count] = _losses(parse(text), count, copies, noise)
    data = xr.Dataset(
        {"loss": (("run", "step"), found)},
        {"run": list(texts), "step": np.arange(1, longest + 1)},
    )
    panel = Panel("loss", by="run", log="xy", ylabel="loss at the judged point, share left")
    numbers = {
        f"share left at step {n}, {name}": float(data.loss.sel(run=name, step=n))
        for n in horizons
        for name in (f"falling to step {n}", "schedule_free", "constant rate")
    }
    return Chart(data, "One run without a schedule", (panel,), numbers)


def _losses(rule: Rule, count: int, copies: int, noise: float) -> np.ndarray:
    draws, x = np.random.default_rng(0), np.ones((copies, len(CURVATURE)))
    state, found = rule.begin(x), np.zeros(count)
    for t in range(1, count + 1):
        g = CURVATURE * x + noise * draws.standard_normal(x.shape)
        delta, state = rule.step(x, g, state, t)
        x = x + delta
        found[t - 1] = np.mean(rule.judged(x, state) ** 2 @ CURVATURE)
    return found / np.sum(CURVATURE)


def walk(*, lr: float = 0.5, noise: float = 0.7, steps: int = 60, seed: int = 3) -> Chart:
    """The three points of Schedule-Free on a valley of two axes, with noisy gradients.

    Args:
        lr: the rate of gradient descent inside.
        noise: the standard deviation of the gradient's noise in each component.
        steps: how many.
        seed: of the noise.

    Returns:
        `across` and `up` (point, step): where the walk z, the average x, which is judged, and y,
        where the gradient is taken, stand; `height` (b, a), the loss, for the ground.
    """
    bends = np.array([0.2, 1.5])
    rule = parse(f"schedule_free(0.9) | gradient_descent(lr={lr})")
    draws, y = np.random.default_rng(seed), np.array([-4.0, 2.0])
    state = rule.begin(y)
    points = [np.stack([y, y, y])]
    for t in range(1, steps + 1):
        delta, state = rule.step(y, bends * y + noise * draws.standard_normal(2), state, t)
        y = y + delta
        points.append(np.stack([state.own.z, rule.judged(y, state), y]))
    path = np.stack(points, axis=1)
    a, b = np.linspace(-5, 3.5, 86), np.linspace(-3, 3, 61)
    data = xr.Dataset(
        {
            "across": (("point", "step"), path[..., 0]),
            "up": (("point", "step"), path[..., 1]),
            "height": (("b", "a"), (bends[0] * a**2 + bends[1] * b[:, None] ** 2) / 2),
        },
        {
            "point": ["z, the walk", "x, its average", "y, of the gradients"],
            "step": np.arange(steps + 1),
            "a": a,
            "b": b,
        },
    )
    panel = Panel(
        "up", x="across", by="point", ground="height", xlabel="first axis", ylabel="second axis"
    )
    ends = {
        f"mean loss over the last half, {name}": float(np.mean(row[-steps // 2 :] ** 2 @ bends / 2))
        for name, row in zip(data.point.values, path, strict=True)
    }
    return Chart(data, "Three points of Schedule-Free", (panel,), ends)


STUDY = Study(
    id="S23",
    title="What Schedule-Free averages",
    articles=("papers",),
    about=(
        "With noisy gradients a constant rate never arrives: the iterate walks around the minimum. "
        "A falling rate ends the walk, but its fall is made for one length of the training. "
        "Schedule-Free lets a walk z go on with a constant rate, judges the average x of all its "
        "points, and takes its gradients at y, a point between the two and near the average."
    ),
    figures=(
        Figure(
            "losses",
            "One run beside schedules of three lengths",
            losses,
            shows="All "
            "with one rate. A constant rate stays at the height that the noise gives it. Each "
            "falling rate comes down at the end that it was made for, and is little better than "
            "the constant one before. One Schedule-Free run is never far from the schedule that "
            "ends there, at every step.",
        ),
        Figure(
            "walk",
            "The walk and its average",
            walk,
            shows="The walk z goes "
            "on jumping around the minimum; the average x of its points comes to rest there, and "
            "y, where gradients are taken, stays near it.",
            animated=True,
        ),
    ),
)

"""S2: Nesterov's momentum, little and much, from one start and from many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from .. import landscapes
from ..descent import descend
from ..landscapes import Landscape
from ..studies.chart import Chart, Panel
from ..studies.labelled import rule_labels
from ..studies.race import as_rules, race
from .study import Figure, Study

RULES = "nesterov(lr=0.01, momentum=[0.25, 0.9, 0.975], shifted=true)"
LANDSCAPES = {
    "wobbly": (
        (
            "The ball rolls around the hill into the valley; with a momentum of 0.25 it is still "
            "on its way at the end."
        ),
        "Little momentum leaves half of the starts on their way; much brings most of them down.",
    ),
    "basins_and_walls": (
        (
            "A momentum of 0.25 stays in the outermost basin; the larger ones carry the ball over "
            "the walls, the largest past the middle basin."
        ),
        "Whatever the momentum, most balls end in the basin they began in, or in one beside it.",
    ),
    "giant_plateau": (
        "The slope at the start is so small that no momentum moves the ball.",
        (
            "Balls near the pit fall in; the farther out a start is, the more momentum it needs, "
            "and in the corners none suffices."
        ),
    ),
    "hills_and_canyon": (
        (
            "With 0.25 and 0.9 the ball stays in the hollow near the start; with 0.975 it leaves "
            "it and finds the canyon."
        ),
        "The larger the momentum, the more starts end at the lowest point of the canyon.",
    ),
    "two_minimums": (
        "The start lies in the shallow dent, and the ball stays there whatever its momentum.",
        (
            "Starts near the pit end in it, starts near the dent end there, and some on the plain "
            "between hardly move."
        ),
    ),
    "simple_quad": (
        (
            "With 0.25 the ball rolls straight down; with 0.9 it passes the minimum a few times, "
            "with 0.975 for the whole time."
        ),
        "All starts come to the minimum; the larger the momentum, the longer they swing about it.",
    ),
    "ripple": (
        "A momentum of 0.25 is caught by the first small waves; larger ones ride over them.",
        (
            "A momentum of 0.25 is caught at once, 0.9 comes near the middle, and 0.975 swings "
            "through it for ever."
        ),
    ),
}
"""habr's five landscapes and two that it only defines: from its start, and from many."""

STEPS, STARTS, MESH = 125, 30, 150
SPAN = (0.1, 0.9)  # of the starts, the middle part of their losses that a band shows


def from_random_starts(
    landscape: Landscape | str,
    rules: Sequence[str] | str = RULES,
    starts: int = STARTS,
    steps: int = STEPS,
    seed: int = 0,
) -> Chart:
    """Paths from starts drawn evenly from a landscape's domain.

    Args:
        landscape: a landscape of two dimensions, or its name.
        rules: rules or their texts; a text may sweep.
        starts: how many, at least 1; the same for each rule.
        steps: how many, at least 1.
        seed: of the starts.

    Returns:
        `across_0`, `up_0` (start, step), the positions under the first rule, and so on; `loss`
        (rule, start, step), of which `median`, `low` and `high` (rule, step) are the median and
        the 10% and 90% quantiles over the starts; `height`, the landscape.
    """
    ground = landscapes.find(landscape) if isinstance(landscape, str) else landscape
    runners = as_rules(rules)
    lows, highs = np.transpose(ground.domain)
    begin = np.random.default_rng(seed).uniform(lows, highs, (starts, ground.dim))
    traces = [descend(rule, ground, starts=begin, steps=steps).trace for rule in runners]
    paths = np.stack([trace.position for trace in traces if trace])
    loss = np.stack([trace.loss for trace in traces if trace])
    x, y, heights = ground.mesh(MESH)
    low, median, high = np.nanquantile(loss, (SPAN[0], 0.5, SPAN[1]), axis=1)
    labels = [rule.text() for rule in runners]
    whole, middle = ("rule", "start", "step"), ("rule", "step")
    data = xr.Dataset(
        {
            "loss": (whole, loss), "median": (middle, median), "low": (middle, low),
            "high": (middle, high), "height": (("y", "x"), heights),
        }
        | {
            f"{axis}_{index}": (whole[1:], path[..., number])
            for number, axis in enumerate(("across", "up"))
            for index, path in enumerate(paths)
        },
        rule_labels(runners)
        | {"start": np.arange(starts), "step": np.arange(steps + 1), "x": x, "y": y},
    )  # fmt: skip
    maps = tuple(
        Panel(
            f"up_{index}", x=f"across_{index}", by="start", ground="height", equal=True,
            listed=False, xlabel=ground.axes[0], ylabel=ground.axes[1], title=label,
        )
        for index, label in enumerate(labels)
    )  # fmt: skip
    losses = Panel(
        "median", low="low", high="high", ylabel="loss",
        title="median loss, and the middle 80% of the starts",
    )  # fmt: skip
    lowest = min((m.value for m in ground.minima), default=np.nan)
    arrived = {
        f"share at the global minimum, {label}": float(np.mean(ends < lowest + 0.05))
        for label, ends in zip(labels, loss[:, :, -1], strict=True)
    }
    return Chart(data, f"{starts} random starts on {ground.name}", (*maps, losses), arrived)


STUDY = Study(
    id="S2",
    title="Nesterov's momentum, little and much",
    articles=("habr",),
    about=(
        "One rule, Nesterov's accelerated gradient, with three momenta: 0.25, which nearly "
        "stops at once; 0.9, the usual one; and 0.975, which rolls on for a long time. Much "
        "momentum carries the ball over walls and plains, and also past the minimum it should "
        "stop at. The article's start is one of many, so random ones are shown beside it."
    ),
    figures=(
        *(
            Figure(
                name=f"{name.replace('_', '-')}-fixed-start",
                title=f"{name.replace('_', ' ').capitalize()}, from the article's start",
                call=race,
                arguments={"landscape": name, "rules": RULES, "steps": STEPS},
                shows=shows,
                animated=True,
            )
            for name, (shows, _) in LANDSCAPES.items()
        ),
        *(
            Figure(
                name=f"{name.replace('_', '-')}-random-starts",
                title=f"{name.replace('_', ' ').capitalize()}, from random starts",
                call=from_random_starts,
                arguments={"landscape": name},
                shows=f"{shows} One map for each momentum, and the loss in the middle of the "
                "starts.",
                animated=True,
            )
            for name, (_, shows) in LANDSCAPES.items()
        ),
    ),
    claims=("C2", "C5", "C20", "C22", "C39"),
)

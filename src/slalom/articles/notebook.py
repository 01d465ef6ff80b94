"""S5: the trajectories of the course notebook, and its Adam in formula and in code."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..studies.chart import Chart, Panel
from ..studies.race import race
from .study import Figure, Study
from .views import race_in_view

ADAPTIVE = (
    "adagrad(lr=0.1, eps=1e-6, eps_inside=true)",
    "rmsprop(lr=0.1, decay=0.9, eps=1e-6, eps_inside=true)",
)
FORMULA = "adam(lr=0.1, beta1=0.9, beta2=0.9, eps=1e-6, eps_inside=true)"
CODE = "adam(lr=0.1, beta1=0.9, beta2=0.9, eps=1e-6, debias=false)"
"""What the notebook's code computes: eps outside the root, and no bias correction."""

STEPS, FPS = 100, 10.0
TALL = ((0.0, 10.0), (-3.0, 12.0))  # holds momentum's swings across the trough


def trajectories(rate: float) -> tuple[str, ...]:
    """The notebook's rules, with its rate for descent and momentum, its Adam in both forms."""
    return (
        f"gradient_descent(lr={rate:g})",
        f"momentum(lr={rate:g}, momentum=[0.9, 0.7])",
        *ADAPTIVE,
        FORMULA,
        CODE,
    )


def adam_in_formula_and_code(steps: int = STEPS) -> Chart:
    """How far the notebook's Adam as coded parts from its Adam as written.

    Returns:
        `distance` (landscape, step), between the two at the same step, and `step_length`
        (adam, step), how far each moves on `square_sum`.
    """
    grounds = ("square_sum", "complex_sum")
    rules = (FORMULA, CODE)
    raced = {name: race(name, rules, steps=steps, digits=False).data for name in grounds}
    apart = np.stack(
        [np.linalg.norm(np.diff(raced[n].position, axis=0)[0], axis=-1) for n in grounds]
    )
    lengths = raced["square_sum"].step_length.values
    data = xr.Dataset(
        {
            "distance": (("landscape", "step"), apart),
            "step_length": (("adam", "step"), np.where(np.arange(steps + 1) > 0, lengths, np.nan)),
        },
        {
            "landscape": list(grounds),
            "adam": ["as the formula has it", "as the code has it"],
            "step": np.arange(steps + 1),
        },
    )
    panels = (
        Panel("distance", by="landscape", title="distance between the two at the same step"),
        Panel(
            "step_length", by="adam", log="y", ylabel="step length",
            title="their steps on square_sum",
        ),
    )  # fmt: skip
    numbers = {
        f"{what} on {name}": float(value)
        for name, row, lane in zip(grounds, apart, (raced[n] for n in grounds), strict=True)
        for what, value in (
            ("largest distance", row.max()),
            ("first step of the code over the formula's",
             lane.step_length.values[1, 1] / lane.step_length.values[0, 1]),
        )
    }  # fmt: skip
    return Chart(data, "The notebook's Adam, in formula and in code", panels, numbers)


STUDY = Study(
    id="S5",
    title="Trajectories of the course notebook",
    articles=("notebook",),
    about=(
        "Descent, momentum, Adagrad, RMSProp and Adam on a steep bowl and on a rippled trough, "
        "at the notebook's settings. Its Adam is there twice: as its formula says, with the bias "
        "corrected and eps under the root, and as its code computes, with neither. The two "
        "are not the same optimizer, and the last picture says how far they part."
    ),
    figures=(
        *(
            Figure(
                name=name.replace("_", "-"),
                title=title,
                call=race_in_view if view else race,
                arguments={"landscape": name, "rules": trajectories(rate), "steps": STEPS}
                | view,
                shows=shows,
                animated=True,
                fps=FPS,
            )
            for name, rate, view, title, shows in (
                (
                    "square_sum", 0.01, {}, "A bowl five times steeper along x",
                    ("Momentum sweeps past the minimum and comes back; Adagrad's steps fade on "
                    "the way; RMSProp and Adam walk the diagonal, as if the bowl were round."),
                ),
                (
                    "complex_sum", 0.0002, {"domain": TALL}, "A rippled trough",
                    ("The slope is so steep at the start that descent and momentum need a tiny "
                    "rate. They drop into the trough at once, and creep along it; momentum 0.9 "
                    "swings across it and ends lowest. RMSProp and both forms of Adam come down "
                    "at an even pace. Adagrad never forgets the steep start, and stays far up."),
                ),
            )
        ),
        Figure(
            name="adam-in-formula-and-code",
            title="Adam as written and as coded",
            call=adam_in_formula_and_code,
            shows="Without the bias correction the first steps are a third as long, so the "
            "two forms of Adam are apart from the first step on.",
            animated=True,
            fps=FPS,
        ),
    ),
    claims=("C25", "C26", "C27", "C32"),
)  # fmt: skip

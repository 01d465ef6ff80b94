"""S8: learning rates that are too small, good, and too large."""

from __future__ import annotations

from ..studies.race import race
from .study import Figure, Study

ON_A_LINE = "gradient_descent(lr=[0.05, 0.2, 0.9, 1.1])"
ON_A_MAP = "gradient_descent(lr=[0.01, 0.2, 0.47, 0.51])"

STUDY = Study(
    id="S8",
    title="Learning rates too small and too large",
    articles=("medium", "lecture"),
    about=(
        "Plain descent on a parabola x² multiplies x by 1 - 2 lr at each step. With a small rate "
        "that factor is close to 1 and the way is long; above one half it is negative and x "
        "jumps from side to side; above 1 it is larger than 1 in size, and x runs away. In two "
        "dimensions the steepest direction sets that limit for all the others."
    ),
    figures=(
        Figure(
            name="parabola",
            title="Four learning rates on a parabola",
            call=race,
            arguments={"landscape": "parabola_1d", "rules": ON_A_LINE, "steps": 10},
            shows="Rate 0.05 is tedious, 0.2 arrives, 0.9 bounces from side to side, and 1.1 "
            "climbs out.",
            animated=True,
        ),
        Figure(
            name="wave",
            title="A large learning rate finds a wrong valley",
            call=race,
            arguments={"landscape": "cosine_1d", "rules": "gradient_descent(lr=2)", "steps": 10},
            shows="From the right edge a rate of 2 leaps over the deepest valley and settles "
            "in a shallow one.",
            animated=True,
        ),
        Figure(
            name="canyon",
            title="Four learning rates in a narrow canyon",
            call=race,
            arguments={"landscape": "narrow_canyon", "rules": ON_A_MAP, "steps": 40},
            shows="A rate of 0.01 crawls, 0.2 walks down the canyon, 0.47 bounces between its "
            "walls, and 0.51, just above the limit of 0.5, climbs them. The film keeps the last "
            "ten steps of each path.",
            animated=True,
            tail=10,
        ),
    ),
    claims=("C31", "C34"),
)

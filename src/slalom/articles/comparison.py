"""S3: five optimizers on five landscapes from one start."""

from __future__ import annotations

from ..studies.race import race
from .habr import COMPARISON
from .study import Figure, Study
from .views import race_in_view

LANDSCAPES = {
    "wobbly": "Around the hill into a wavy valley: Nesterov's rule, Adagrad and Adam come to "
    "rest in the minimum, RMSProp and Adadelta go on jumping about it.",
    "basins_and_walls": "Parallel basins with walls between: only Adagrad, whose first steps are "
    "large and whose last are small, comes to rest in the middle one.",
    "giant_plateau": "A pit in a plain with almost no slope: Nesterov's rule does not move, "
    "while those that divide by the gradient's size walk to the pit.",
    "hills_and_canyon": "A canyon with hills around: all but Adam stay in the hollow near the "
    "start; Adam rolls on to the canyon's lowest point.",
    "two_minimums": "A shallow dent around the start and a deep pit far away: a bad start, from "
    "which nobody gets to the pit.",
}
"""habr's landscapes and what is to be seen there."""

STEPS = 125
LARGER = {"wobbly": ((-3.5, 3.0), (-3.75, 2.75))}
"""Views that hold the paths where those leave the landscape's own domain."""

STUDY = Study(
    id="S3",
    title="Five optimizers on five landscapes",
    articles=("habr",),
    about=(
        "Nesterov's momentum, RMSProp, Adadelta, Adagrad and Adam set out from one start on "
        "landscapes that are hard in different ways: waves, walls, a plain, hills and a wrong "
        "valley. The settings are the article's, tuned a little by hand; the conventions are "
        "those of the library it used, Lasagne."
    ),
    figures=tuple(
        Figure(
            name=name.replace("_", "-"),
            title=f"{name.replace('_', ' ').capitalize()}",
            call=race_in_view if name in LARGER else race,
            arguments={"landscape": name, "rules": COMPARISON, "steps": STEPS}
            | ({"domain": LARGER[name]} if name in LARGER else {}),
            shows=shows,
            animated=True,
        )
        for name, shows in LANDSCAPES.items()
    ),
    claims=("C18", "C19", "C20", "C21", "C23", "C52"),
)

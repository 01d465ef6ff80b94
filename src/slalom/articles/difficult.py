"""S12: all rules through a saddle and along a canyon."""

from __future__ import annotations

from ..studies.race import race
from .study import Figure, Study

THROUGH_A_SADDLE = (
    "gradient_descent(lr=0.1)",
    "momentum(lr=0.02, momentum=0.9)",
    "nesterov(lr=0.02, momentum=0.9)",
    "adagrad(lr=0.4)",
    "rmsprop(lr=0.02)",
    "adadelta(lr=10)",
    "adam(lr=0.1)",
    "adamax(lr=0.1)",
    "nadam(lr=0.1)",
)
ALONG_A_CANYON = (
    "gradient_descent(lr=0.002)",
    "momentum(lr=0.0005, momentum=0.95)",
    "nesterov(lr=0.0005, momentum=0.95)",
    "adagrad(lr=0.3)",
    "rmsprop(lr=0.02)",
    "adadelta(lr=10)",
    "adam(lr=0.2)",
    "adamax(lr=0.2)",
    "nadam(lr=0.2)",
)

STUDY = Study(
    id="S12",
    title="Optimizers on a difficult part",
    articles=("medium",),
    about=(
        "Two places where a gradient is a bad guide. On a saddle it first leads to a point that "
        "is no minimum, and fades there. In a bent canyon it points to the opposite wall. All "
        "rules run both, at learning rates of ours that suit each: those that divide by the "
        "gradient's size leave the saddle early, and those that gather speed go down the canyon."
    ),
    figures=(
        Figure(
            "saddle",
            "Through a saddle",
            race,
            {"landscape": "saddle", "rules": THROUGH_A_SADDLE, "steps": 100},
            shows="All rules start near the ridge that leads to the saddle. Those that divide by "
            "the gradient's size turn off at once; descent and momentum first run to the saddle "
            "and leave it slowly.",
            animated=True,
        ),
        Figure(
            "canyon",
            "Along a canyon",
            race,
            {"landscape": "rosenbrock", "rules": ALONG_A_CANYON, "steps": 200},
            shows="All rules drop to the floor of the bent canyon within a few steps; the way "
            "along it is what takes long, and momentum goes farthest.",
            animated=True,
        ),
    ),
    claims=("C35", "C49", "C52", "C56"),
)

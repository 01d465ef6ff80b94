"""The maps that the gallery shows, as studies of their own."""

from __future__ import annotations

from ..studies.maps import basins, critical, sensitivity, stability
from .habr import COMPARISON
from .study import Figure, Study

BASINS = Study(
    id="basins",
    title="Basins: where a start leads",
    articles=(),
    about=(
        "One run from one start says little about an optimizer. Here it runs from every point "
        "of a lattice, and each point is coloured by the minimum in which that run ends, so that "
        "luck with a start can be told from a habit of the rule."
    ),
    figures=(
        Figure(
            "hills-and-canyon",
            "Hills and a canyon, five optimizers",
            basins,
            {"landscape": "hills_and_canyon", "rules": COMPARISON, "size": 250},
            "Every start of the plane, coloured by the minimum that each of the five optimizers "
            "reaches from it at the settings of habr's comparison.",
        ),
        Figure(
            "himmelblau",
            "Himmelblau's four minima",
            basins,
            {
                "landscape": "himmelblau",
                "rules": ("gradient_descent(lr=0.01)", "momentum(lr=0.01)", "adam(lr=0.25)"),
                "size": 250,
            },
            "Descent splits the plane into four smooth parts; momentum overshoots, so that its "
            "borders fray, and Adam draws borders of its own.",
        ),
    ),
    claims=("C18", "C21", "C47"),
)

SENSITIVITY = Study(
    id="sensitivity",
    title="Sensitivity: how exact a setting must be",
    articles=(),
    about=(
        "The loss at the end of a run over a learning rate and a second hyperparameter. A wide "
        "bright region means that a rule forgives a careless choice; a thin one means tuning."
    ),
    figures=(
        Figure(
            "adam-on-rosenbrock",
            "Adam on Rosenbrock's valley",
            sensitivity,
            {"landscape": "rosenbrock", "rule": "adam(lr=0.1)", "size": 120},
            "The final loss of Adam in Rosenbrock's curved valley, over its learning rate and "
            "beta1: the better settings and where they end.",
        ),
        Figure(
            "momentum-on-rosenbrock",
            "Momentum on Rosenbrock's valley",
            sensitivity,
            {
                "landscape": "rosenbrock",
                "rule": "momentum(lr=0.001)",
                "size": 120,
                "vary": {"lr": (1e-5, 0.01), "momentum": None},
            },
            "The same for momentum: low losses lie close to rates at which the run diverges.",
        ),
    ),
    claims=("C8", "C23", "C31"),
)

STABILITY = Study(
    id="stability",
    title="Stability: how large a step may be",
    articles=(),
    about=(
        "On a quadratic, whether a rule converges depends on its learning rate times the largest "
        "curvature alone. The measured border, where runs begin to diverge, is drawn beside "
        "that of theory: a formula where one is known, and the line along which the spectral "
        "radius of a step is 1."
    ),
    figures=(
        Figure(
            "momentum",
            "Momentum: 2 (1 + momentum)",
            stability,
            {"landscape": "quadratic", "rule": "momentum(lr=0.1)", "size": 120},
            "The heavy ball stands larger steps the more momentum it has: the border rises from "
            "2 to 4 in a straight line, and measurement follows theory.",
        ),
        Figure(
            "nesterov",
            "Nesterov's rule, which looks ahead",
            stability,
            {"landscape": "quadratic", "rule": "nesterov(lr=0.1)", "size": 120},
            "Looking ahead costs stability: the border falls as the momentum grows. No formula is "
            "drawn here, but where the spectral radius of a step is 1.",
        ),
    ),
    claims=("C34", "C46"),
)

CRITICAL = Study(
    id="critical",
    title="Critical points: where the gradient is zero",
    articles=(),
    about=(
        "Minima, maxima and saddles, found from thousands of places and told apart by the "
        "eigenvalues of the Hessian: all positive, all negative, or both."
    ),
    figures=tuple(
        Figure(name.replace("_", "-"), title, critical, {"landscape": name}, shows)
        for name, title, shows in (
            (
                "himmelblau",
                "Himmelblau",
                "Four minima of equal height around a maximum, with saddles between them.",
            ),
            (
                "hills_and_canyon",
                "Hills and canyon",
                "The hills make minima and saddles along the way to the global minimum.",
            ),
            (
                "saddle",
                "A saddle",
                "A saddle at the origin between two minima of equal height.",
            ),
            (
                "local_minimum",
                "Two wells",
                "A global minimum, a local one, and the saddle that parts them.",
            ),
        )
    ),
    claims=("C35", "C44"),
)

MAPS = (BASINS, SENSITIVITY, STABILITY, CRITICAL)

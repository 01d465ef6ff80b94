"""S7: four optimizers find the ellipse that carries a spacecraft from the Earth to Mars.

The upper half of the transfer orbit is an ellipse around the point (CENTRE, 0):

    (u / A)² + (y / B)² = 1  with u = x - CENTRE, so y = B sqrt(1 - u²/A²)

The semi-axes A and B, in astronomical units (AU), are to be learned from noisy points of it. Where
|u| >= |A| there is no such y: the point is predicted 0, and left out of the loss and of its
gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..descent.training import Training, train
from ..landscapes.orbit import CENTRE, SEMI_AXES, orbit, transfer_orbit
from ..problems import Batches, Problem, Samples, squared_error
from ..rules import Rule, parse
from ..studies.chart import Chart, Panel
from ..studies.race import Race
from ..studies.statistics import share
from .paths import raced
from .study import Figure, Study

EARTH, MARS = 1.0, 1.5237  # AU: radii of their orbits around the Sun at (0, 0)
NEAR = 0.01  # AU: a run that ends so near to both true semi-axes has arrived


@dataclass(frozen=True)
class UpperHalf:
    """The model: the upper half of an ellipse, its parameters the semi-axes (A, B)."""

    start: tuple[float, float] = orbit.start  # pyright: ignore[reportAssignmentType] (two axes)

    def init(self, draws: Any, dtype: Any) -> Any:
        """The article's start, whatever the draws."""
        return np.asarray(self.start, dtype)

    def apply(self, params: Any, inputs: Any) -> Any:
        """Y of shape (n,); at an unusable point 0, and not the root's infinite slope."""
        A, B = params
        square = 1 - ((inputs - CENTRE) / A) ** 2
        has_root = ~(square <= 0)  # so that NaN stays NaN
        return jnp.where(has_root, B * jnp.sqrt(jnp.where(has_root, square, 1)), 0)


def usable(params: Any, inputs: Any) -> Any:
    """The points that have a root; where A is lost, as NaN, all, so that the loss shows it."""
    return ~(((inputs - CENTRE) / params[0]) ** 2 >= 1)


def orbit_problem(seed: int = 0) -> Problem:
    """The regression as a learning problem; `seed` is that of the noise on the points."""
    x, y = transfer_orbit(seed)
    points = Samples(x, y)
    return Problem(
        "orbit", points, points.at(slice(0, 0)), UpperHalf(), squared_error, squared_error,
        usable=usable,
    )  # fmt: skip


def optimizers(updates: int = 8) -> dict[str, Rule]:
    """The article's four, with the rates that fall after so many epochs of so many `updates`."""

    def falling(rate: float, factor: float, *epochs: int) -> str:
        rates = [f"{rate * factor**n:.12g}" for n in range(len(epochs) + 1)]
        after = [str(epoch * updates) for epoch in epochs]
        return f"piecewise(({', '.join(rates)}), ({', '.join(after)},))"

    texts = {
        "SGD": "sgd(lr=0.01)",
        "momentum": f"sgd(lr={falling(0.01, 0.45, 5, 7)}, momentum=0.9)",
        "RMSProp": f"rmsprop(lr={falling(0.02, 0.1, 8)}, decay=0.99, eps=1e-4, eps_inside=false)",
        "Adam": f"adam(lr={falling(0.03, 0.5, 16)}, beta1=0.9, beta2=0.999)",
    }
    return {name: parse(text) for name, text in texts.items()}  # pyright: ignore[reportReturnType]


def trained(epochs: int, batch: int, *seeds: int, path: bool = True) -> dict[str, Training]:
    """The four trainings on the same batches, in float64."""
    problem, batches = orbit_problem(), Batches(batch, epochs)
    options: dict[str, Any] = {"seeds": seeds, "path": path, "dtype": np.float64}
    rules = optimizers(-(-problem.train.count // batch))
    return {name: train(rule, problem, batches, **options) for name, rule in rules.items()}


def paths(*, epochs: int = 100, batch: int = 64, seed: int = 3) -> Race:
    """The paths of the four optimizers over the loss of all points.

    Args:
        epochs: how often every point is seen.
        batch: points an update.
        seed: of the batches; with 3 all four arrive, which not every seed sees.
    """
    return raced(list(trained(epochs, batch, seed).values()), orbit)


def losses(*, epochs: int = 100, batch: int = 64, seed: int = 3) -> Chart:
    """The loss of the four optimizers over all points after every epoch.

    Args:
        epochs: how often every point is seen.
        batch: points an update.
        seed: of the batches; with 3 all four arrive, which not every seed sees.
    """
    runs = trained(epochs, batch, seed)
    loss = np.stack([run.data.train_loss.values[0] for run in runs.values()])
    ends = {name: run.params[0] for name, run in runs.items()}
    data = xr.Dataset(
        {"loss": (("rule", "epoch"), loss), "end": (("rule", "axis"), np.stack([*ends.values()]))},
        {"rule": list(runs), "epoch": np.arange(epochs + 1), "axis": ["A", "B"]},
    )
    panel = Panel("loss", x="epoch", log="y", xlabel="epoch", ylabel="mean squared error")
    numbers = {"true semi-axes, in AU": SEMI_AXES} | {
        f"semi-axes of {name}, in AU": end for name, end in ends.items()
    }
    return Chart(data, "Four optimizers learn the transfer orbit", (panel,), numbers)


def orbits(*, epochs: int = 100, batch: int = 64, seed: int = 3) -> Chart:
    """The samples, the orbits of Earth and Mars, and the ellipse that Adam found.

    Args:
        epochs: how often every point is seen.
        batch: points an update.
        seed: of the batches; with 3 all four arrive, which not every seed sees.
    """
    x, y = transfer_orbit()
    A, B = trained(epochs, batch, seed)["Adam"].params[0]
    turn = np.linspace(0, 2 * np.pi, len(x))
    curves = {
        "samples": (x, y),
        "orbit of the Earth": (EARTH * np.cos(turn), EARTH * np.sin(turn)),
        "orbit of Mars": (MARS * np.cos(turn), MARS * np.sin(turn)),
        "ellipse that Adam found": (CENTRE + A * np.cos(turn), B * np.sin(turn)),
    }
    along = ("curve", "point")
    data = xr.Dataset(
        {
            "x": (along, np.stack([c[0] for c in curves.values()])),
            "y": (along, np.stack([c[1] for c in curves.values()])),
        },
        {"curve": list(curves), "point": np.arange(len(x))},
    )
    panel = Panel(
        "y",
        x="x",
        by="curve",
        kind="points",
        xlabel="x in astronomical units",
        ylabel="y in astronomical units",
        equal=True,
    )
    found = {"A": A, "B": B, "true A": SEMI_AXES[0], "true B": SEMI_AXES[1]}
    numbers = {f"semi-axis {name}, in AU": axis for name, axis in found.items()}
    return Chart(data, "The transfer orbit from the Earth to Mars", (panel,), numbers)


def arrivals(*, epochs: int = 100, batch: int = 64, seeds: int = 200) -> Chart:
    """How often each optimizer ends within NEAR of both true semi-axes, with Wilson's interval.

    An ellipse of semi-axis -A is the one of semi-axis A, so the sign is left aside.

    Args:
        epochs: how often every point is seen.
        batch: points an update.
        seeds: how many orders of the batches.
    """
    runs = trained(epochs, batch, *range(seeds), path=False)
    ends = np.abs(np.stack([run.params for run in runs.values()]))
    arrived = np.all(np.abs(ends - SEMI_AXES) < NEAR, axis=-1)
    found = {name: share(arrived[row]) for row, name in enumerate(runs)}
    parts = np.array(list(found.values())).T
    variables = dict(zip(("share", "low", "high"), parts, strict=True))
    data = xr.Dataset({k: ("rule", v) for k, v in variables.items()}, {"rule": list(runs)})
    panel = Panel(
        "share",
        x="rule",
        by=None,
        kind="bars",
        low="low",
        high="high",
        xlabel="optimizer",
        ylabel=f"share of {seeds} seeds within {NEAR} AU of both semi-axes",
    )
    numbers = {f"share of {name}": estimate.value for name, estimate in found.items()}
    return Chart(data, "How often the true semi-axes are found", (panel,), numbers)


STUDY = Study(
    id="S7",
    title="The transfer orbit",
    articles=("orbit",),
    about=(
        "A spacecraft on its way from the Earth to Mars flies along half an ellipse. From 512 "
        "noisy points of it four optimizers learn the two semi-axes, in batches of 64 points "
        "for 100 epochs. The start is a bad one: the first ellipse is so narrow that 472 of "
        "the points lie beside it, where it has no height at all; they count for nothing until "
        "the ellipse has grown to reach them. Gradients are derived by hand and agree with "
        "automatic ones."
    ),
    figures=(
        Figure(
            "orbits",
            "The orbits and the samples",
            orbits,
            shows="The noisy samples lie along the upper half of an ellipse that touches the "
            "orbit of the Earth on one side and that of Mars on the other; the ellipse that "
            "Adam found runs through the middle of them.",
        ),
        Figure(
            "paths",
            "Four paths over the loss",
            paths,
            shows="From the same start at the upper left each optimizer takes a path of its own "
            "through the plane of the two semi-axes, A along and B across, in astronomical units. "
            "With this order of the batches all four end at the same minimum; with most others "
            "momentum does not.",
        ),
        Figure(
            "sixty-epochs",
            "Sixty epochs on the way",
            paths,
            {"epochs": 60},
            shows="RMSProp and Adam move in both semi-axes at once and are there first; SGD widens "
            "the ellipse before it lowers it; momentum swings far past and comes back slowly.",
            animated=True,
        ),
        Figure(
            "losses",
            "The loss against epochs",
            losses,
            shows="With this order of the batches the loss of all four falls to the same floor, "
            "that of the noise on the samples; they differ in how soon they get there.",
        ),
        Figure(
            "arrivals",
            "How often the true semi-axes are found",
            arrivals,
            shows="SGD finds the semi-axes with almost every order of the batches. Momentum mostly "
            "does not: the steep slopes at the start throw it far beyond, and its falling rate "
            "does not bring it back within 100 epochs. A run has arrived if it ends within 0.01 "
            "astronomical units of both semi-axes; the whiskers are Wilson's intervals of 95%.",
        ),
    ),
    claims=("C30", "C31", "C33"),
)

"""Stability: where a rule diverges on a quadratic, and where theory says that it should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import xarray as xr
from jax import enable_x64

from ...descent import descend
from ...descent.checks import check_steps
from ...descent.objective import as_objective, current
from ...errors import SlalomError
from ...landscapes import Landscape
from ...rules import (
    GradientDescent,
    Momentum,
    Rule,
    as_rule,
    settings,
    with_settings,
)
from ..labelled import rule_name
from ..race import as_landscape
from ..result import LandscapeResult
from .arguments import Progress, checked_size
from .radii import radii
from .scales import Range, values, varied

STEPS = 1000
AWAY = 1e4  # times the distance at the start: a run that ends so far off has diverged
FIRST, ROUNDING = 60, 1e-16  # growth is measured over so many steps, before rounding sets in
WIDEST = (0.0, 4.5)  # lr λ, unless told otherwise


@dataclass(frozen=True, eq=False, repr=False)
class Stability(LandscapeResult):
    """A map of lr λ and another hyperparameter: where runs on a quadratic diverge.

    Attributes:
        data: dimensions the other hyperparameter's name, and `lr_lambda`: the learning rate
            times the largest curvature. `growth`: by what factor the distance to the minimum
            changed a step, on average over the first 60; `diverged`; `spectral_radius` of the
            linear map that one step is, NaN where the rule is not linear. Along the other
            hyperparameter `border`, the lr λ up to which the rule converges in theory, NaN
            where no formula is known.
    """

    kind = "stability"

    def summary(self) -> dict[str, Any]:
        """The measured border beside that of theory, at every value across."""
        data = self.data
        [other] = data.border.dims
        measured = self.measured_border.values
        radius = data.spectral_radius.values
        agreeing = float(((radius > 1 + 1e-9) == data.diverged.values).mean())
        return {
            "landscape": self.landscape.name,
            "rule": data.attrs["rule"],
            "steps": data.attrs["steps"],
            "curvature": data.attrs["curvature"],
            "linear": bool(np.isfinite(radius).all()),
            "agreement": agreeing if np.isfinite(radius).all() else None,
            "borders": [
                {
                    str(other): float(value),
                    "measured": float(m) if np.isfinite(m) else None,
                    "theory": float(b) if np.isfinite(b) else None,
                }
                for value, m, b in zip(
                    data[other].values, measured, data.border.values, strict=True
                )
            ],
        }

    @property
    def measured_border(self) -> xr.DataArray:
        """The least lr λ that diverges, between the points of the lattice; NaN where none does."""
        across = self.data.lr_lambda.values
        diverged = self.data.diverged.transpose(..., "lr_lambda").values
        first = diverged.argmax(-1)
        middle = (across[first] + across[np.maximum(first - 1, 0)]) / 2
        return self.data.border.copy(data=np.where(diverged.any(-1), middle, np.nan))


def stability(
    landscape: Landscape | str,
    rule: Rule | str,
    size: int = 100,
    steps: int = STEPS,
    *,
    vary: Mapping[str, Range | None] | Sequence[str] | None = None,
    widest: Range = WIDEST,
    progress: Progress | None = None,
) -> Stability:
    """Where a rule diverges on a quadratic, over lr λ and another hyperparameter.

    λ is the largest eigenvalue of the Hessian. Theory: gradient descent converges for
    0 < lr λ < 2, the heavy ball for 0 < lr λ < 2 (1 + momentum) [Polyak 1964]; any other rule
    that is linear in gradient and state where the spectral radius of its step is below 1.

    Args:
        landscape: a quadratic, such as `quadratic` or `bowl`, or its text.
        rule: one rule with an lr, or its text.
        size: values of each, at least 2.
        steps: how many each run takes; the border is the sharper the more there are.
        vary: the name of the other hyperparameter, perhaps with (low, high). Default: the
            rule's first number beside lr.
        widest: lr λ from low to high.
        progress: called with how many of the two passes are done.

    Raises:
        SlalomError: the landscape is no quadratic with a minimum, the rule has no lr, other
            arguments that are not allowed, or a map larger than memory.
    """
    ground = as_landscape(landscape)
    runner = as_rule(rule)
    if "lr" not in settings(runner):
        raise SlalomError(f"a map of stability needs a rule with an lr, got {rule}")
    curvature, minimum = _quadratic(ground)
    check_steps(steps)
    size = checked_size(size, size, 8 * (6 + 2 * ground.dim))
    others = {n: v for n, v in settings(runner).items() if n != "lr" and isinstance(v, float | int)}
    other, ups = _other(runner, others, vary, size)
    across = np.linspace(*_checked_widest(widest), size)
    products, rows = (a.reshape(-1) for a in np.meshgrid(across, ups))
    changed = {"lr": products / curvature} | ({other: rows} if others else {})
    swept = with_settings(runner, changed, checked=False)
    start = np.asarray(ground.start, float)
    starts = np.tile(start, (size * len(ups), 1))

    def away(steps: int) -> np.ndarray:
        """The distance to the minimum after so many steps, in units of that at the start."""
        run = descend(swept, ground, starts=starts, steps=steps, path=False)
        with np.errstate(all="ignore"):
            far = np.linalg.norm(run.position - minimum, axis=-1)
        return np.where(np.isfinite(far), far, np.inf) / np.linalg.norm(start - minimum)

    first = min(steps, FIRST)
    growth = np.maximum(away(first), ROUNDING) ** (1 / first)
    if progress is not None:
        progress(1, 2)
    diverged = away(steps) > AWAY
    if progress is not None:
        progress(2, 2)
    shape, names = (len(ups), size), (other, "lr_lambda")
    data = xr.Dataset(
        {
            "growth": (names, growth.reshape(shape)),
            "diverged": (names, diverged.reshape(shape)),
            "spectral_radius": (names, radii(swept, curvature, len(products)).reshape(shape)),
            "border": (other, _border(runner, other, ups)),
        },
        {other: ups, "lr_lambda": across},
        {
            "landscape": ground.name,
            "rule": runner.text(),
            "rule_name": rule_name(runner),
            "steps": steps,
            "curvature": curvature,
        },
    )
    return Stability(data, ground)


def _other(rule: Rule, others: Mapping[str, Any], vary: Any, size: int) -> tuple[str, np.ndarray]:
    """The hyperparameter beside lr and its values; a rule that has none gets one nameless row."""
    if not others:
        if vary:
            varied(rule, vary, 1)  # says that there is no such number
        return "row", np.zeros(1)
    given = vary or [next(iter(others))]
    [(name, limits)] = varied(rule, given, 1).items()
    if name == "lr":
        raise SlalomError("lr is varied across already; name another hyperparameter")
    low, high = limits
    if name in dict(given if isinstance(given, Mapping) else {}):
        return name, np.linspace(low, high, size)
    return name, np.linspace(low, 0.99, size) if high < 1 else values(rule, name, limits, size)


def _checked_widest(widest: Range) -> Range:
    low, high = (float(v) for v in widest)
    if not 0 <= low < high < np.inf:
        raise SlalomError(
            f"lr λ must go from 0 or more to a higher number, got {low:g} to {high:g}"
        )
    return low, high


def _quadratic(ground: Landscape) -> tuple[float, np.ndarray]:
    """The largest curvature and the minimum of a quadratic."""
    rng = np.random.default_rng(0)
    lows, highs = np.transpose(ground.domain)
    points = rng.uniform(lows, highs, (3, ground.dim))
    with enable_x64(True):
        height = current(as_objective(ground), points[0]).value
        curvatures = np.asarray(jax.vmap(jax.hessian(height))(points))
        slope = np.asarray(jax.grad(height)(points[0]))
    same = np.allclose(curvatures, curvatures[0], rtol=1e-9, atol=1e-12)
    if not same or np.linalg.eigvalsh(curvatures[0])[0] <= 0:
        raise SlalomError(
            f"a map of stability needs a quadratic with a minimum, such as quadratic or bowl; "
            f"{ground.name} is none"
        )
    minimum = points[0] - np.linalg.solve(curvatures[0], slope)
    return float(np.linalg.eigvalsh(curvatures[0])[-1]), minimum


def _border(rule: Rule, other: str, ups: np.ndarray) -> np.ndarray:
    """The lr λ up to which the rule converges, where a formula is known."""
    if isinstance(rule, GradientDescent):
        return np.full(len(ups), 2.0)
    if isinstance(rule, Momentum) and rule.dampening == 0 and not (rule.ema or rule.debias):
        return 2 * (1 + (ups if other == "momentum" else np.full(len(ups), rule.momentum)))
    return np.full(len(ups), np.nan)

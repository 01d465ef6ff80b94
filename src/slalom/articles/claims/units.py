"""Claims on units: what a rule does when the objective or the parameters are rescaled."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from ... import landscapes
from ...descent.objective import OnLandscape
from ...rules import Adagrad, Rule
from ...studies.chart import Mark
from .claim import Claim, Measured
from .experiment import OPTIMIZERS, bars, combinations, curves, maker, scattered, steps_on, traced

SCALES = np.array([1.0, 0.1, 10.0])

# eps has a unit of its own: the other rules do without, so that it is not to blame. Adadelta's sets
# its first step: it has the unit of a squared gradient, and is small beside any of them
EPS = {"adadelta": 1e-10}


def units(steps: int = 200, names: Sequence[str] = OPTIMIZERS) -> Measured:
    """How far the answers of rules are from those that its unit asks for."""
    given = np.random.default_rng(0).normal(1.0, 1.0, (steps, 1))
    errors = {}
    for name in names:
        plain, *louder = steps_on(_made(name), given * SCALES).T  # the objective times the scale
        objective = max(_error(answer, plain) for answer in louder)
        parameters = 0.0
        for scale in SCALES[1:]:  # x = scale y, so that dy = dx / scale
            answer = steps_on(_made(name, scale), given * SCALES * scale).T[0]
            parameters = max(parameters, _error(scale * answer, plain))
        errors[name] = (objective, parameters)
    own = errors["adadelta"]
    others = [pair for name, pair in errors.items() if name != "adadelta"]
    figures = {
        "adadelta_objective_error": own[0],
        "adadelta_parameters_error": own[1],
        "other_rules": len(others),
        "others_that_fail": sum(max(pair) > 0.01 for pair in others),
    }
    chart = bars(
        "How far a step is from following the units",
        {name: float(np.clip(max(pair), 1e-6, 1e3)) for name, pair in errors.items()},
        "largest relative error of a step, the worse of the two",
        (Mark(0.01, "1 %"),),
        "y",
        each="rule",
    )
    return Measured(figures, chart)


def _made(name: str, scale: float = 1.0) -> Rule:
    """The optimizer at its defaults but for eps, for gradients times `scale`."""
    make = maker(name)
    has_eps = "eps" in inspect.signature(make).parameters
    return make(eps=EPS.get(name, 0.0) / scale**2) if has_eps else make()


def _error(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.max(np.abs(found - wanted)) / np.max(np.abs(wanted)))


@functools.partial(
    jax.tree_util.register_dataclass, data_fields=("scale",), meta_fields=("landscape",)
)
@dataclass(frozen=True)
class Stretched(OnLandscape):
    """A landscape whose gradient is multiplied by `scale`, one number a component."""

    scale: Any = 1.0

    def gradient(self, point: Any, moment: Any) -> Any:
        """The stretched gradient."""
        return self.scale * super().gradient(point, moment)


def own_speeds(
    starts: int = 20, steps: int = 125, names: Sequence[str] = ("square_sum", "hills_and_canyon")
) -> Measured:
    """How far Adagrad's path shifts when one component of the gradient is stretched."""
    eps = np.array([1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12])
    scales = (1e-2, 1e-1, 1.0, 1e1, 1e2)
    grid = combinations(eps=eps, start=np.arange(starts))
    shifts = []
    for name in names:
        ground = landscapes.find(name)
        rule = Adagrad(np.full(len(grid["eps"]), 0.4), eps=grid["eps"])
        begin = scattered(ground, starts)[grid["start"]]
        ways = [
            traced(rule, Stretched(ground, np.array([scale, 1.0])), begin, steps).position
            for scale in scales
        ]
        plain = ways[scales.index(1.0)]
        extent = np.linalg.norm(plain - plain[:, :1], axis=-1).max(-1)
        shift = [np.linalg.norm(way - plain, axis=-1).max(-1) / extent for way in ways]
        shifts.append(np.max(shift, axis=0).reshape(len(eps), starts))
    largest = np.concatenate(shifts, axis=1)
    median, worst = np.median(largest, axis=1), largest.max(axis=1)
    figures = {
        "shift_at_large_eps": float(median[0]),
        "shift_at_small_eps": float(median[-1]),
        "worst_shift_at_small_eps": float(worst[-1]),
    }
    chart = curves(
        "Adagrad's path with one component of the gradient stretched up to 100-fold",
        {"eps": eps},
        {"median": median, "worst": worst},
        "largest shift / extent of the path",
        "xy",
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C11",
        sentence="A step of Adadelta comes in the unit of the parameters: it does not care for the "
        "scale of the objective and follows that of the parameters; no other rule does both.",
        articles=("habr",),
        experiment=f"{len(OPTIMIZERS)} optimizers at their defaults, but without eps, and with "
        "1e-10 for Adadelta; a noisy sequence of 200 gradients; the objective times 0.1 and 10, "
        "the parameters times 0.1 and 10 (Adadelta's eps with them): the largest error of an "
        "answer in units of the largest answer. 1 % is let pass.",
        measure=units,
        holds="max(adadelta_objective_error, adadelta_parameters_error) <= 0.01 "
        "and others_that_fail == other_rules",
        in_part="max(adadelta_objective_error, adadelta_parameters_error) <= 0.01",
    ),
    Claim(
        id="C26",
        sentence="Adagrad moves each parameter at its own speed: stretching one component of the "
        "gradient leaves its path as it was, once eps is negligible.",
        articles=("notebook",),
        experiment="the landscapes square_sum and hills_and_canyon, 20 random starts, rate 0.4, "
        "the first component of the gradient times 0.01 to 100, eps from 1e-2 down to 1e-12: the "
        "largest shift of the path in units of its extent, median over starts (in a hilly place "
        "one start in many ends elsewhere by any shift). As it was means within a thousandth.",
        measure=own_speeds,
        holds="shift_at_small_eps <= 1e-3 and shift_at_small_eps < shift_at_large_eps",
        in_part="shift_at_small_eps < 0.1 * shift_at_large_eps",
    ),
)

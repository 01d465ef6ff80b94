"""Responses: what a rule makes of a signal, a sequence of scalar gradients."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from .. import signals
from ..descent import Outcome, descend
from ..descent.checks import SCALARS, check_path, check_steps
from ..descent.objective import Fed, Moment
from ..errors import SlalomError
from ..problems.checks import as_precision
from ..rules import Rule
from ..signals import Signal
from .labelled import outcome_labels, outcomes_of, plain, rule_labels
from .race import as_rules
from .result import Result

EXACT = 2**24
"""The whole numbers up to here are float32 numbers."""


@functools.partial(jax.tree_util.register_dataclass, data_fields=("values",), meta_fields=())
@dataclass(frozen=True)
class OnSignal(Fed):
    """A signal as an objective: at step t = k + 1 the gradient is g(k), wherever the rule stands.

    A rule that looks ahead asks at a point other than its iterate; the signal answers with
    its value as far ahead of k as that point is along the descent.
    """

    values: Any

    def gradient(self, point: Any, moment: Moment) -> Any:
        """The signal at `k` plus how far `point` lies ahead."""
        ahead = moment.x - point
        return signals.at(self.values, moment.t - 1 + ahead, jnp)


@dataclass(frozen=True, eq=False, repr=False)
class Response(Result):
    """The labelled data of a response.

    Attributes:
        data: dimensions `rule` and `step` (the position k in the signal, from 0); `answer`
            (rule, step), what the rule subtracts from the parameter at k, NaN from the step
            on at which it is not finite; `gradient` (step), the signal; along `rule` also
            `rule_name`, of the innermost rule, `settings`, the rule with every hyperparameter,
            `outcome` and `outcome_step`, how and at which step the run ended.
    """

    kind = "response"

    @property
    def outcomes(self) -> list[Outcome]:
        """How the run of each rule ended."""
        return outcomes_of(self.data)

    def summary(self) -> dict[str, Any]:
        """The data as plain values for JSON; a number that is not finite is None."""
        data = self.data
        rows = zip(data.rule.values, data.answer.values, self.outcomes, strict=True)
        return {
            "signal": data.attrs["signal"],
            "gradient": plain(data.gradient),
            "responses": [
                {
                    "rule": str(label),
                    "answer": plain(answer),
                    "outcome": outcome.kind,
                    "outcome_step": outcome.step,
                }
                for label, answer, outcome in rows
            ],
        }

    def __repr__(self) -> str:
        return f"<Response of {self.data.sizes['rule']} rules to {self.data.attrs['signal']}>"


def respond(
    rules: Sequence[Rule | str] | Rule | str,
    signal: Signal | str | Sequence[float],
    *,
    length: int = signals.LENGTH,
    seed: int = 0,
    dtype: Any = None,
) -> Response:
    """Feed a signal to rules, each from a fresh state.

    Args:
        rules: rules or their texts; a sweep, `momentum(momentum=[0.25, 0.9])`, puts values of
            one hyperparameter side by side.
        signal: a signal, its name, or the gradients themselves, shape (n,).
        length: how many gradients of a named signal, at least 1.
        seed: of the signal's noise, and of the rule's where it draws any.
        dtype: float32 or float64, the default.

    Raises:
        SlalomError: arguments that are not allowed.
    """
    name, values = values_of(signal, length, seed)
    runners = as_rules(rules)
    precision = as_precision(dtype or np.float64)
    check_steps(len(values))
    check_path(len(values), 1 + SCALARS, len(runners), "choose a shorter signal or fewer rules")
    if precision == np.float32 and len(values) > EXACT:
        raise SlalomError(
            f"in float32 a signal has at most {EXACT:,} values, whose positions are whole "
            f"numbers there, got {len(values):,}: choose float64"
        )
    goal = OnSignal(values.astype(precision))
    options = {"dtype": precision, "seed": seed}
    runs = [descend(rule, goal, 0.0, len(values), **options) for rule in runners]
    answers = -np.diff(np.stack([run.variables["position"][1] for run in runs]), axis=1)
    return Response(
        xr.Dataset(
            {"answer": (("rule", "step"), answers), "gradient": ("step", goal.values)},
            {
                **rule_labels(runners),
                **outcome_labels(runs),
                "step": np.arange(len(values)),
            },
            {"signal": name, "seed": seed},
        )
    )


def values_of(signal: Any, length: int, seed: int) -> tuple[str, np.ndarray]:
    """The name and the first `length` values of a signal, its name, or numbers.

    Raises:
        SlalomError: it is none of them.
    """
    found = signals.find(signal) if isinstance(signal, str) else signal
    if isinstance(found, Signal):
        return found.name, found.values(seed, length)
    try:
        values = np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise SlalomError("signal must be a name or a sequence of at least one finite number")
    return "signal", values

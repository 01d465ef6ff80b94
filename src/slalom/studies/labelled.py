"""What labelled data have in common: a picture, plain values, the labels of rules and outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..descent import Outcome, Run
from ..rules import Rule, chain


class Displayable:
    """Something with a picture, which a notebook shows."""

    def _repr_png_(self) -> bytes:
        from ..pictures import png

        return png(self)


def plain(value: Any) -> Any:
    """A number, an array or a text as JSON has it; a number that is not finite is None."""
    if isinstance(value, (np.ndarray, xr.DataArray)):
        value = np.asarray(value).tolist()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not np.isfinite(value) else value


def rule_name(rule: Rule) -> str:
    """The name of a rule, of a wrapped one that of the innermost: what its colour goes by."""
    return chain(rule)[-1].name


def rule_labels(rules: Sequence[Rule]) -> dict[str, Any]:
    """The coordinates along `rule`: each as text, its name, and with every hyperparameter."""
    return {
        "rule": [rule.text() for rule in rules],
        "rule_name": ("rule", [rule_name(rule) for rule in rules]),
        "settings": ("rule", [rule.text(full=True) for rule in rules]),
    }


def outcome_labels(runs: Sequence[Run]) -> dict[str, Any]:
    """The coordinates along `rule` of how each run ended: the kind, and the step (int32)."""
    return {
        "outcome": ("rule", [run.outcome.kind for run in runs]),
        "outcome_step": ("rule", np.array([run.outcome.step for run in runs], np.int32)),
    }


def outcomes_of(data: xr.Dataset) -> list[Outcome]:
    """The outcomes that `outcome_labels` wrote."""
    ends = zip(data.outcome.values, data.outcome_step.values, strict=True)
    return [Outcome(str(kind), int(step)) for kind, step in ends]

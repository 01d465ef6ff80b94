"""The numbers of a rule, apart from what a kernel is compiled for.

A kernel is known by the rule's conventions and by the kind of each number; the numbers
themselves are handed to it at every step, so that none of them ever compiles anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import SlalomError
from ..rules import Rule, Value, Wrapper, settings, with_settings

WEAK = "number"
"""A Python number: float64 among Python numbers, and beside an array of the array's dtype."""
STRONG = "scalar"
"""What a schedule or an array gives: of the leaf's dtype."""


def skeleton(rule: Rule) -> Rule:
    """The rule with the kind of each number in its place: two with equal ones share a kernel."""
    kinds = {name: _kind(value) for name, value in settings(rule).items()}
    return with_settings(rule, kinds, checked=False)


def _kind(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_kind(v) for v in value)
    if value is None:
        return None
    return WEAK if isinstance(value, (int, float)) and not hasattr(value, "dtype") else STRONG


def markers(skeleton: Rule) -> list[tuple[str, str]]:
    """The name and the kind of every number, in order."""
    return list(_flat(settings(skeleton)))


def _flat(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, tuple):
            yield from ((f"{name}[{i}]", v) for i, v in enumerate(value))
        elif value is not None:
            yield name, value


def structured(skeleton: Rule, numbers: Sequence[Any]) -> dict[str, Any]:
    """Numbers in the order of `markers`, as the settings of a rule."""
    rest = iter(numbers)

    def filled(kind: Any) -> Any:
        if isinstance(kind, tuple):
            return tuple(filled(k) for k in kind)
        return None if kind is None else next(rest)

    return {name: filled(kind) for name, kind in settings(skeleton).items()}


def is_steady(rule: Rule) -> bool:
    """Whether no number of the rule is a schedule, so that all are the same at every step."""
    return not any(isinstance(value, Value) for _, value in _flat(settings(rule)))


def numbers_at(rule: Rule, t: int, dtype: str) -> np.ndarray:
    """The step t, then every number of the rule at it, shape (n,), float64.

    Raises:
        SlalomError: one of them is no single number.
    """
    found = _flat(settings(_at(rule, t, np.zeros((), dtype))))
    return np.array([float(t), *(_single(name, value) for name, value in found)])


def _at(rule: Rule, t: int, x: np.ndarray) -> Rule:
    """The rule, and those inside it, with the numbers of a step."""
    now = rule.at(t, x)
    return now.rebuilt(rule=_at(now.wrapped, t, x)) if isinstance(now, Wrapper) else now


def _single(name: str, value: Any) -> float:
    if getattr(value, "shape", ()) not in ((), (1,)):
        raise SlalomError(f"{name} must be one number in a fused kernel, not an array of them")
    return float(value)

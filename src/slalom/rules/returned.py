"""What the formulas of a rule gave, checked: a line that names the file, the class, the formula."""

from __future__ import annotations

import inspect
from pathlib import PurePath
from typing import Any

from ..errors import SlalomError, described
from .leaves import Leaves
from .rule import Rule


def place(rule: Rule, formula: str) -> str:
    """Where a formula of a rule is written: `mine.py:MyRule.update`."""
    cls = type(rule)
    return f"{PurePath(inspect.getfile(getattr(cls, formula))).name}:{cls.__name__}.{formula}"


def check_update(rule: Rule, found: Any, x: Leaves) -> None:
    """Raise unless an update gave a step like the parameters, and a state.

    Args:
        rule: whose update it was.
        found: what it gave: for all leaves at once if coupled, else a list, one for each leaf.
        x: the parameters.
    """
    for i, pair in enumerate([found] if rule.coupled else found):
        if not isinstance(pair, tuple) or len(pair) != 2:
            shown = f"{len(pair)} values" if isinstance(pair, tuple) else described(pair)
            raise SlalomError(f"{place(rule, rule.formula)} must return (step, state), not {shown}")
        _check_like(rule, rule.formula, "a step", pair[0], x if rule.coupled else x[i])


def check_gradient(rule: Rule, found: Any, x: Leaves) -> None:
    """Raise unless a wrapper gave a gradient like the parameters; for the arguments see above."""
    for i, g in enumerate([found] if rule.coupled else found):
        _check_like(rule, "gradient", "a gradient", g, x if rule.coupled else x[i])


def _check_like(rule: Rule, formula: str, what: str, found: Any, x: Any) -> None:
    if isinstance(x, Leaves):
        if isinstance(found, Leaves) and len(found) == len(x):
            return
        wanted = f"Leaves, one part for each of {len(x)} arrays"
    else:
        shape = getattr(found, "shape", () if isinstance(found, (int, float)) else None)
        if shape is not None and (shape == x.shape or not len(shape)):
            return  # a number is one for all components
        wanted = f"an array of shape {tuple(x.shape)}"
    where = place(rule, formula)
    raise SlalomError(f"{where} must return {what} that is {wanted}, not {described(found)}")

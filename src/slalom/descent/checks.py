"""Whether what a run is asked for makes sense: each check raises one clear line."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from ..errors import SlalomError, shown
from ..landscapes import Landscape
from ..memory import check_fits
from ..problems.checks import as_precision
from ..rules import Rule
from ..types import Tree
from .objective import Objective

MOST_STEPS = 2**31 - 2
"""The loop counts in int32."""
SCALARS = 3
"""What is kept at each step beside the position: loss, gradient norm, length of the step."""
COPIES = 4
"""How much memory is in use at once while a path is made, in units of the path."""


def check_steps(steps: Any) -> None:
    """Raise unless `steps` is a whole number from 1 to `MOST_STEPS`."""
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 1:
        raise SlalomError(f"steps must be a whole number of at least 1, got {shown(steps)}")
    if steps > MOST_STEPS:
        raise SlalomError(f"steps must be at most {MOST_STEPS:,}, got {steps:,}")


def check_path(steps: int, moment: int, runs: int, instead: str) -> None:
    """Raise unless there is memory for whole paths.

    Args:
        steps: of each path.
        moment: how many numbers, of 8 bytes, are kept at each step of a path.
        runs: how many paths are kept at once.
        instead: what to ask for instead.
    """
    paths = "a path" if runs == 1 else f"{runs:,} paths"
    check_fits(f"{paths} of {steps:,} steps", COPIES * runs * (steps + 1) * 8 * moment, instead)


def check_tol(tol: Any) -> None:
    """Raise unless `tol` is None or a number above 0."""
    if tol is not None and not (is_number(tol) and tol > 0):
        raise SlalomError(f"tol must be a number above 0, got {shown(tol)}")


def is_number(value: Any) -> bool:
    """Whether a value is one real number, of Python or in an array without dimensions."""
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"


def check_seed(seed: Any) -> None:
    """Raise unless `seed` is a whole number from 0 to 2^32 - 1."""
    whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < 2**32:
        raise SlalomError(f"seed must be a whole number from 0 to 2^32 - 1, got {shown(seed)}")


def check_needs(rule: Rule, objective: Objective) -> None:
    """Raise unless the objective has the loss, or the Hessian, that the rule asks for."""
    asked = asks_for_loss(rule)
    if asked and not objective.has_loss:
        raise SlalomError(
            f"{rule.text()} asks for {' and '.join(asked)}, and here there are gradients alone: "
            "run it on a landscape or a function"
        )


def asks_for_loss(rule: Rule) -> list[str]:
    """In words, what a rule asks for that only a loss can give; empty where it is nothing."""
    words = {"loss": "the loss", "value": "the loss", "hvp": "the Hessian"}
    return list(dict.fromkeys(word for need, word in words.items() if need in rule.needs))


def check_start(landscape: Landscape, x: Any, many: bool) -> None:
    """Raise unless `x` is a finite point of the landscape, or many of them."""
    shape, wanted = getattr(x, "shape", None), (landscape.dim,)
    if shape is None or len(shape) != 1 + many or shape[-1:] != wanted:
        form = (
            f"(n, {landscape.dim})"
            if many
            else f"{landscape.dim} number{'s' * (landscape.dim > 1)}"
        )
        raise SlalomError(f"start on {landscape.name} must have {form}, got shape {shape}")
    if not np.all(np.isfinite(x)):
        raise SlalomError(f"start must be finite, got {np.asarray(x).tolist()}")


def count_of(starts: Tree) -> int:
    """How many starts there are.

    Raises:
        SlalomError: the leaves disagree, or there are none.
    """
    counts = {leaf.shape[0] if leaf.ndim else 0 for leaf in jax.tree.leaves(starts)}
    if len(counts) != 1 or counts == {0}:
        raise SlalomError(
            f"starts have one first axis, of at least 1, not lengths {sorted(counts)}"
        )
    return counts.pop()


def as_arrays(start: Tree, dtype: Any) -> Tree:
    """The start as NumPy arrays of a floating dtype.

    Raises:
        SlalomError: a dtype other than float32 or float64, or a leaf that is no number.
    """
    dtype = None if dtype is None else as_precision(dtype)

    def convert(leaf: Any) -> Any:
        try:
            array = np.asarray(leaf)
        except (TypeError, ValueError):
            array = np.asarray(None)
        if array.dtype.kind not in "fiub" and "float" not in array.dtype.name:
            raise SlalomError(f"start must be numeric, got {leaf!r}")
        if dtype is not None:
            return array.astype(dtype)
        return array.astype(np.float64) if array.dtype.kind in "iub" else array

    if isinstance(start, (list, tuple)) and start and _is_numbers(start):
        start = convert(list(start))  # a point or a list of points, not a tree of numbers
    converted = jax.tree.map(convert, start)
    if not jax.tree.leaves(converted):
        raise SlalomError("start must have at least one array")
    return converted


def _is_numbers(value: Any) -> bool:
    """Whether a value is a number, or lists of numbers."""
    return np.isscalar(value) or (
        isinstance(value, (list, tuple)) and all(_is_numbers(v) for v in value)
    )

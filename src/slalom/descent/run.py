"""What a run was: labelled arrays and an outcome."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np
import xarray as xr

from ..errors import SlalomError
from ..rules import Rule
from ..rules.leaves import Leaves
from ..rules.state import named
from .outcome import KINDS, Outcome, Outcomes
from .rounding import Rounding


class Trace(NamedTuple):
    """Everything along a run, from the start (step 0) to the last step.

    Every array has shape (steps + 1, …), for many starts (n, steps + 1, …), and is NaN after
    the step at which the run ended.

    Attributes:
        position: the judged point, a tree like the start.
        loss: the objective there.
        gradient_norm: Euclidean norm of its gradient there.
        step_length: Euclidean distance from the position before; 0 at the start.
        states: the rule's state, where asked for, else None; for a start that is one array
            with arrays, else with `Leaves` of arrays, one for each leaf of the start.
    """

    position: Any
    loss: np.ndarray
    gradient_norm: np.ndarray
    step_length: np.ndarray
    states: Any = None


@dataclass(frozen=True, eq=False)
class Run:
    """What one rule did on one objective, from one start or from many.

    Attributes:
        rule: the rule.
        steps: how many steps were asked for.
        position: where it ended, a tree like the start; with n starts, arrays of shape (n, …).
        loss: the objective there; a float, or of shape (n,).
        gradient_norm: Euclidean norm of the gradient there; likewise.
        outcome: how it ended, an `Outcome` or `Outcomes`.
        trace: everything along the way, or None where it was not kept.
        axes: names of the coordinates of a position.
        rounding: what rounding does to it, where that was asked for, else None.
    """

    rule: Rule
    steps: int
    position: Any
    loss: Any
    gradient_norm: Any
    outcome: Outcome | Outcomes
    trace: Trace | None = None
    axes: tuple[str, ...] | None = None
    rounding: Rounding | None = None

    @property
    def best_loss(self) -> Any:
        """The lowest finite loss on the way; NaN where there is none.

        Raises:
            SlalomError: the path was not kept.
        """
        loss = self._trace.loss
        lowest = np.min(np.where(np.isfinite(loss), loss, np.inf), axis=-1)
        return np.where(np.isfinite(lowest), lowest, np.nan)[()]

    @functools.cached_property
    def data(self) -> xr.Dataset:
        """The trace as labelled arrays: `position`, `loss`, `gradient_norm`, `step_length`, states.

        Dimensions are `start` (where there are many), `step`, and `axis` for a position that
        is a vector; a tree of positions has one variable a leaf, `position.NAME`. How and at
        which step a run ended are the coordinates `outcome` and `outcome_step`.

        Raises:
            SlalomError: the path was not kept.
        """
        labels: dict[str, Any] = {"step": np.arange(self.steps + 1)}
        if self.axes is not None:
            labels["axis"] = list(self.axes)
        ends = self.outcome
        if isinstance(ends, Outcomes):
            labels["outcome"] = ("start", np.array(KINDS)[ends.kind])
            labels["outcome_step"] = ("start", ends.step)
        else:
            labels |= {"outcome": ends.kind, "outcome_step": ends.step}
        return xr.Dataset(self.variables, labels, {"rule": repr(self.rule)})

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
        """The arrays of `data` with their dimensions, by name.

        Raises:
            SlalomError: the path was not kept.
        """
        trace = self._trace
        along = ("start", "step") if isinstance(self.outcome, Outcomes) else ("step",)
        found: dict[str, Any] = {
            n: (along, getattr(trace, n)) for n in ("loss", "gradient_norm", "step_length")
        }
        shape = np.shape(trace.position) if isinstance(trace.position, np.ndarray) else None
        places = jax.tree_util.tree_leaves_with_path(trace.position)
        entries = [(("position", *_names(place)), leaf) for place, leaf in places]
        for name, entry in named(trace.states).items():
            label = tuple(filter(None, [name]))
            if isinstance(entry, Leaves):
                for (place, _), own in zip(places, entry, strict=True):
                    entries += _entries(("state", *_names(place), *label), own)
            else:
                entries += _entries(("state", *label), entry)
        return found | _labelled(entries, along, shape)

    @property
    def _trace(self) -> Trace:
        if self.trace is None:
            raise SlalomError("this run kept no path: run it with path=True")
        return self.trace

    def __repr__(self) -> str:
        return f"<Run of {self.rule!r}: {self.outcome}>"


def _entries(name: tuple[str, ...], tree: Any) -> list[tuple[tuple[str, ...], Any]]:
    """The leaves of a tree with their names."""
    places = jax.tree_util.tree_leaves_with_path(tree)
    return [((*name, *_names(place)), leaf) for place, leaf in places]


def _labelled(
    entries: Sequence[tuple[tuple[str, ...], Any]],
    along: tuple[str, ...],
    shape: tuple[int, ...] | None,
) -> dict[str, Any]:
    """One variable for each entry, its own dimensions called by its name and number.

    In what has the `shape` of a position that is a vector it is called `axis`. Parts of names that
    have dots are quoted where two names would be one without.
    """
    for quoted in (False, True):
        found, dims = {}, set[str]()
        for name, leaf in entries:
            label = ".".join(repr(part) if quoted and "." in part else part for part in name)
            own = leaf.ndim - len(along)
            is_vector = own == 1 and leaf.shape == shape
            new = ("axis",) if is_vector else tuple(f"{label}.{number}" for number in range(own))
            found[label] = ((*along, *new), leaf)
            dims.update(new)
        if len(found) == len(entries) and not dims & found.keys():
            break
    return found


def _names(place: Any) -> list[str]:
    return [str(getattr(p, "name", getattr(p, "key", getattr(p, "idx", p)))) for p in place]

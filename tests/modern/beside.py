"""A row of the goldens, run by Slalom and by the package, step by step."""

from typing import NamedTuple

from slalom.rules.leaves import Leaves

from . import with_packages
from .goldens import ILL_CONDITIONED, Row, rule_of
from .problems import problem
from .running import off, offers, path


class Beside(NamedTuple):
    """What came out for a row."""

    row: Row
    difference: float
    """the largest `|ours - theirs| / max(1, |theirs|)` over all components and steps"""
    bytes: int
    """that our state takes"""
    their_bytes: int

    @property
    def tolerance(self):
        return ILL_CONDITIONED.get(f"{self.row.package}: {self.row.text}", self.row.tolerance)


def compare(row):
    """Runs both for the steps of the file."""
    rule, found, outputs = rule_of(row), problem(row.problem), -1 if row.in_jax_layout else 0
    places, _ = path(rule, found, outputs=outputs)
    theirs, held = with_packages.path(row)
    begun = rule.begin(found.start, leaf=offers(found, found.start, 1, outputs=outputs).leaf)
    return Beside(row, max(map(off, places, theirs)), _bytes(begun), held)


def _bytes(state):
    if hasattr(state, "nbytes"):
        return state.nbytes
    return sum(map(_bytes, state)) if isinstance(state, (tuple, list, Leaves)) else 0

"""Which operation of a formula is computed when: before a pass over the elements, or within it.

A sum or a maximum ends a pass: what depends on it waits for the next one. Every pass computes
again what it needs of the elements, rather than storing it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from .formula import Entry, Formula
from .graph import Node, depths, ordered
from .operations import REDUCED


@dataclass(frozen=True)
class Pass:
    """One way through the elements, and what is computed once for a leaf before it."""

    fixed: list[Node]
    """operations before it, each after its inputs, without the reductions of earlier passes"""
    varying: list[Node]
    """operations on each element"""
    shared: list[Node]
    """what it takes from before it: t first, so that there is always one"""
    results: list[Node]
    """what it gives for each element: terms to be reduced, or in the last pass what is stored"""
    reductions: list[Node]
    """what the terms are reduced to; none in the last pass"""

    @property
    def reads(self) -> set[Node]:
        """The arrays that it reads."""
        nodes = [*self.results, *(one for node in self.varying for one in node.inputs)]
        return {node for node in nodes if node.varies and node.operation == "input"}


@dataclass(frozen=True)
class Plan:
    """All passes of one step."""

    formula: Formula
    passes: list[Pass]

    @functools.cached_property
    def is_simple(self) -> bool:
        """Whether it is one pass, and the same for leaves of any size."""
        return len(self.passes) == 1 and not self.has_sizes

    @property
    def last(self) -> Pass:
        """The pass that takes the step."""
        return self.passes[-1]

    @property
    def arrays(self) -> list[Entry]:
        """The entries that have the parameter's shape."""
        return self.formula.arrays

    @property
    def scalars(self) -> list[Entry]:
        """The entries that are one number for a leaf."""
        return self.formula.scalars

    @property
    def shared(self) -> list[Entry]:
        """The entries that are one number for all leaves."""
        return self.formula.shared

    @property
    def reductions(self) -> list[Node]:
        """All reductions, in the order in which they are known."""
        return [node for one in self.passes for node in one.reductions]

    @functools.cached_property
    def has_sizes(self) -> bool:
        """Whether it depends on how many elements a leaf or the tree has."""
        nodes = {*self.formula.goals, *(n for o in ordered(self.formula.goals) for n in o.inputs)}
        return any(node.operation in ("size", "tree_size") for node in nodes)


def planned(formula: Formula) -> Plan:
    """The plan of a formula."""
    depth = depths(formula.goals)
    reductions = [node for node in ordered(formula.goals) if node.operation in REDUCED]
    passes = []
    for level in range(1, formula.passes):
        ending = [node for node in reductions if depth[node] == level]
        terms = [node.inputs[0] for node in ending]
        passes.append(_pass(formula, terms, terms, ending))
    stored = [formula.moved, *(e.after for e in formula.arrays)]
    passes.append(_pass(formula, formula.goals, stored, []))
    return Plan(formula, passes)


def _pass(formula: Formula, goals: list[Node], results: list[Node], reductions: list[Node]) -> Pass:
    """The pass that computes the goals: the results for each element, the others before it."""
    operations = ordered(goals, known=REDUCED)
    varying = [node for node in operations if node.varies]
    needed = [*(n for node in varying for n in node.inputs), *results]
    shared = dict.fromkeys([formula.numbers[0], *_without_elements(needed)])
    fixed = [node for node in operations if not node.varies]
    return Pass(fixed, varying, list(shared), results, reductions)


def _without_elements(nodes: Iterable[Node]) -> list[Node]:
    """The nodes that a pass has not without asking: no elements and no constants."""
    return [node for node in nodes if not node.varies and node.operation != "constant"]

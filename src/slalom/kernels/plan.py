"""Which operation of a formula is computed where: once for a leaf, or for every element."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import SlalomError
from ..lowering import Entry, Formula, Node
from ..lowering.graph import ordered


@dataclass(frozen=True)
class Plan:
    """Which node is computed where."""

    formula: Formula
    fixed: list[Node]
    """operations before the loop, each after its inputs"""
    varying: list[Node]
    """operations inside the loop"""
    shared: list[Node]
    """what the loop takes from before it: t first, so that there is always one"""

    @property
    def arrays(self) -> list[Entry]:
        return self.formula.arrays

    @property
    def scalars(self) -> list[Entry]:
        return self.formula.scalars


def planned(formula: Formula) -> Plan:
    """The plan of a formula.

    Raises:
        SlalomError: it is not elementwise.
    """
    operations = ordered(formula.goals)
    if not formula.is_elementwise:
        raise SlalomError("its formula needs a sum or a maximum over all elements")
    if any(one.operation == "size" for node in operations for one in node.inputs):
        raise SlalomError("its formula depends on the shape of the parameter")
    varying = [node for node in operations if node.varies]
    needed = [n for node in varying for n in node.inputs] + [e.after for e in formula.arrays]
    shared = dict.fromkeys([formula.numbers[0], *(n for n in needed if not _is_there(n))])
    return Plan(formula, [n for n in operations if not n.varies], varying, list(shared))


def _is_there(node: Node) -> bool:
    """Whether the loop has the node without asking: an element of an array, or a constant."""
    return node.varies or node.operation == "constant"

"""Where a rule shows that a gradient was not finite: in an entry of its state that stays so.

Read from the graph, by what IEEE arithmetic promises whatever the numbers are: a sum, a
difference or a product with a number that is infinite or NaN is infinite or NaN, as 0 · ∞ and
∞ - ∞ are NaN. Adam's `v = beta2 v + (1 - beta2) g²` is never finite again once g² was not.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..rules import Partition, Rule, chain
from .formula import lowered
from .graph import CannotLowerError, Node, ordered
from .numbers import skeleton

ARITHMETIC = ("add", "subtract", "multiply")
"""What is not finite where any of the inputs is not."""


def lasting(rule: Rule, dtype: str) -> str | None:
    """An entry of the state that is never finite again after a gradient whose square is not.

    Such gradients are NaN, infinite, or so large that the square overflows.

    Args:
        rule: any rule.
        dtype: of the parameters, such as `float32`.

    Returns:
        The path of the entry, such as `v` or `rule.v`; None where no entry is sure to be one.
    """
    is_partition = isinstance(chain(rule)[-1], Partition)  # whose entries are of some leaves only
    if rule.needs != {"g"} or is_partition:
        return None
    try:
        formula = lowered(skeleton(rule), dtype)
    except CannotLowerError:
        return None
    nodes = ordered(formula.goals)
    after_square = reached(nodes, [node for node in nodes if _is_square(node, formula.g)])
    for entry in formula.entries:
        if entry.after in after_square and entry.after in reached(nodes, [entry.node]):
            return entry.path
    return None


def reached(nodes: Iterable[Node], sources: Iterable[Node]) -> set[Node]:
    """The nodes that are sure not to be finite where the sources are not, these included.

    Args:
        nodes: each after its inputs.
        sources: inputs of the formula, or some of the nodes; all of them are not finite at once.
    """
    found = set(sources)
    for node in nodes:
        hit = [one in found for one in node.inputs]
        is_arithmetic = node.operation in ARITHMETIC
        if any(hit) if is_arithmetic else node.operation == "select" and all(hit[1:]):
            found.add(node)
    return found


def _is_square(node: Node, g: Node) -> bool:
    if node.operation == "integer_pow":
        return node.inputs == (g,) and node.attributes["power"] == 2
    return node.operation in ("multiply", "square") and set(node.inputs) == {g}

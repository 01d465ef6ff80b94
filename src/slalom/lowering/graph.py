"""The nodes of a formula: operations by name, each with its inputs, its dtype and its kind."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np

from ..errors import SlalomError
from .operations import REDUCED, TREE_REDUCTIONS


class CannotLowerError(SlalomError):
    """Why a formula has no graph."""


class Kind(IntEnum):
    """What a value is the same for; an operation's kind is the highest of its inputs' kinds."""

    NUMBER = 0
    """the whole step: a hyperparameter, t, a constant, or what they give"""
    TREE = 1
    """all leaves: a scalar of the state that they share, a sum over all of them"""
    LEAF = 2
    """all elements of a leaf: a scalar of its state, its size, a sum over it"""
    ELEMENT = 3
    """nothing: it differs from element to element"""


@dataclass(frozen=True, eq=False)
class Node:
    """One operation.

    Beside those of `operations` there are `constant` (attribute `value`), `input` (`name`),
    `size` and `tree_size` (how many elements the leaf, and all leaves, have), `astype`, `select`
    (its inputs are a condition, what is taken where it is false, and what where it is true),
    `integer_pow` (`power`), and those of JAX alone: `rsqrt`, `cbrt`, `exp2`, `logistic`, `fmod`,
    `clamp`.
    """

    operation: str
    inputs: tuple[Node, ...]
    dtype: str
    kind: Kind
    attributes: dict[str, Any] = field(default_factory=dict)
    why_not: str = ""
    """why it cannot be computed: an error only where the step depends on it"""

    @property
    def varies(self) -> bool:
        """Whether it differs from element to element."""
        return self.kind is Kind.ELEMENT


def given(name: str, dtype: str, kind: Kind) -> Node:
    """What a formula is computed from."""
    return Node("input", (), dtype, kind, {"name": name})


def constant(value: Any, dtype: str) -> Node:
    """A number in a dtype."""
    return Node("constant", (), dtype, Kind.NUMBER, {"value": np.dtype(dtype).type(value).item()})


def operation(name: str, inputs: Iterable[Node], dtype: str, **attributes: Any) -> Node:
    """An operation on the inputs, element by element, or a reduction of its input to a scalar."""
    inputs = tuple(inputs)
    return Node(name, inputs, dtype, kind_of(name, inputs), attributes, first_why_not(inputs))


def kind_of(name: str, inputs: Iterable[Node]) -> Kind:
    """The kind of what an operation gives."""
    if name in REDUCED:
        return Kind.TREE if name in TREE_REDUCTIONS else Kind.LEAF
    return max(node.kind for node in inputs)


def first_why_not(nodes: Iterable[Node]) -> str:
    """The first reason why one of the nodes cannot be computed, or an empty text."""
    return next((node.why_not for node in nodes if node.why_not), "")


def ordered(goals: Iterable[Node], known: Container[str] = ()) -> list[Node]:
    """All nodes with inputs that the goals depend on, each once and after its inputs.

    Operations whose names are `known` count as nodes without inputs.
    """
    found: dict[Node, None] = {}

    def visit(node: Node) -> None:
        if node.inputs and node.operation not in known and node not in found:
            for one in node.inputs:
                visit(one)
            found[node] = None

    for goal in goals:
        visit(goal)
    return list(found)


def depths(goals: Iterable[Node]) -> dict[Node, int]:
    """How many reductions must be complete before each node with inputs can be computed."""
    found: dict[Node, int] = {}
    for node in ordered(goals):
        deepest = max(found.get(one, 0) for one in node.inputs)
        found[node] = deepest + (node.operation in REDUCED)
    return found


def merged(pairs: Iterable[tuple[Node, Node]], sizes: tuple[int, int]) -> list[Node]:
    """The nodes of two graphs of one formula, traced for leaves of two sizes.

    A constant that is the leaf's size in both of them is the size.

    Raises:
        CannotLowerError: the graphs differ in anything else.
    """
    known: dict[tuple[Node, Node], Node] = {}

    def merge(one: Node, other: Node) -> Node:
        if (one, other) not in known:
            known[one, other] = made(one, other)
        return known[one, other]

    def made(one: Node, other: Node) -> Node:
        if _differs(one, other):
            values = one.attributes.get("value"), other.attributes.get("value")
            if one.operation == other.operation == "constant" and values == sizes:
                return Node("size", (), one.dtype, Kind.LEAF)
            raise CannotLowerError("its formula depends on the shape of the parameter")
        inputs = tuple(map(merge, one.inputs, other.inputs))
        if inputs == one.inputs:
            return one
        return replace(one, inputs=inputs, kind=kind_of(one.operation, inputs))

    return [merge(one, other) for one, other in pairs]


def _differs(one: Node, other: Node) -> bool:
    """Whether two nodes differ in more than what is below them."""
    some, others = (
        # as text, because NaN is not equal to itself
        (n.operation, n.dtype, n.kind, n.why_not, len(n.inputs), repr(n.attributes))
        for n in (one, other)
    )
    return some != others

"""Reads a formula with arrays of our own, which need no framework but NumPy."""

from __future__ import annotations

from typing import Any

from . import namespace, tree
from .graph import Kind, Node
from .numbers import WEAK
from .reading import Begin, Leaf, Reading, Step
from .tracing import Array, Number, Traced, cast, promoted, value

Traced.namespace = namespace


def read(begin: Begin, step: Step, leaf: Leaf) -> Reading:
    """The nodes of what `step` computes.

    Raises:
        CannotLowerError: the formula has no graph, or these arrays cannot read it.
    """
    numbers, (x, g) = leaf.numbers, leaf.arrays
    given = [Number(n) if k == WEAK else Array(n) for n, k in zip(numbers, leaf.kinds, strict=True)]
    state = tree.mapped(_array, begin(given, _of(x, leaf)))
    before = leaf.entries(state)
    entries = tree.filled(state, [_of(node, leaf) for node in before])
    delta, after = step(given, _of(x, leaf), _of(g, leaf), entries)
    delta, after = _array(delta), tree.mapped(_array, after)
    leaf.check_step(delta, state, after)
    return Reading(state, numbers, x, g, before, delta.node, [a.node for a in tree.leaves(after)])


def _of(node: Node, leaf: Leaf) -> Array:
    return Array(node, leaf.shape if node.kind is Kind.ELEMENT else ())


def _array(found: Any) -> Array:
    """What a formula returns, as an array: a number among them is one as NumPy makes it."""
    found = value(found)
    if isinstance(found, Array):
        return found
    return Array(found.node if isinstance(found, Traced) else cast(found, promoted(found)))

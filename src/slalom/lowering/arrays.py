"""Reads a formula with arrays of our own, which need no framework but NumPy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..rules import Leaves
from ..rules.state import mapped, of_one
from . import arithmetic, namespace, tree
from .graph import Kind, Node
from .numbers import WEAK
from .reading import Begin, Leaf, Reading, Step
from .tracing import Array, Number, Traced, cast, elsewhere, promoted, value

Traced.namespace = namespace
Number.functions = arithmetic


def read(begin: Begin, step: Step, leaf: Leaf) -> Reading:
    """The nodes of what `step` computes.

    Raises:
        CannotLowerError: the formula has no graph, or these arrays cannot read it.
    """
    numbers, (x, g) = leaf.numbers, leaf.arrays
    given = [Number(n) if k == WEAK else Array(n) for n, k in zip(numbers, leaf.kinds, strict=True)]
    xs, gs = _beside(_of(x, leaf), leaf), _beside(_of(g, leaf), leaf)
    begun = mapped(_arrays, begin(given, xs))
    before, state = leaf.entries(begun), of_one(begun)
    delta, after = step(given, xs, gs, _held(begun, [_of(node, leaf) for node in before]))
    delta, after = _array(delta[0]), tree.mapped(_array, of_one(after))
    leaf.check_step(delta, state, after)
    return Reading(state, numbers, x, g, before, delta.node, [a.node for a in tree.leaves(after)])


def _beside(own: Array, leaf: Leaf) -> Leaves:
    """A leaf and the other ones of the tree, which are of no use but to be summed with it."""
    return Leaves([own, *[elsewhere(own)] * leaf.beside])


def _held(begun: Any, entries: Iterable[Array]) -> Any:
    """A state whose entries are inputs: those of the first leaf, and what all share."""
    given = iter(entries)

    def filled(entry: Any) -> Any:
        if not isinstance(entry, Leaves):
            return tree.filled(entry, given)
        own, *others = entry
        return Leaves([tree.filled(own, given), *[tree.mapped(elsewhere, o) for o in others]])

    return mapped(filled, begun)


def _of(node: Node, leaf: Leaf) -> Array:
    return Array(node, leaf.shape if node.kind is Kind.ELEMENT else ())


def _arrays(entry: Any) -> Any:
    """An entry of a state, all of it arrays."""
    if isinstance(entry, Leaves):
        return Leaves([tree.mapped(_array, part) for part in entry])
    return tree.mapped(_array, entry)


def _array(found: Any) -> Array:
    """What a formula returns, as an array: a number among them is one as NumPy makes it."""
    found = value(found)
    if isinstance(found, Array):
        return found
    return Array(found.node if isinstance(found, Traced) else cast(found, promoted(found)))

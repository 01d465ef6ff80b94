"""A rule's formula as a graph: read from its own lines, and what it consists of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..immutable import remembered
from ..rules import Leaves, Partition, Rule, chain, stepping, with_settings
from ..rules.plans import bare
from . import arrays, tree
from .graph import CannotLowerError, Kind, Node, depths, first_why_not, merged, operation, ordered
from .numbers import WEAK, markers, structured
from .reading import Begin, Leaf, Reader, Reading, Step
from .tracing import CannotTraceError

SHAPES = ((3, 5), (4,))
"""Of the leaves that a formula is read for: what differs depends on the shape."""


@dataclass(frozen=True)
class Entry:
    """One entry of a rule's state."""

    path: str
    node: Node
    after: Node

    @property
    def is_array(self) -> bool:
        """Whether it has the parameter's shape, rather than being a scalar."""
        return self.node.varies

    @property
    def is_shared(self) -> bool:
        """Whether all leaves share it."""
        return self.node.kind is Kind.TREE


@dataclass(frozen=True)
class Formula:
    """What one step computes from the numbers, an element and its state."""

    numbers: tuple[Node, ...]
    """t, then every hyperparameter"""
    labels: tuple[str, ...]
    """what each of the numbers is"""
    x: Node
    """the element"""
    g: Node
    """its gradient"""
    moved: Node
    """the element after the step"""
    entries: tuple[Entry, ...]
    structure: tree.Structure
    """the tree that the state is"""

    @property
    def arrays(self) -> list[Entry]:
        """The entries that have the parameter's shape."""
        return [e for e in self.entries if e.is_array]

    @property
    def scalars(self) -> list[Entry]:
        """The entries that are one number for a leaf."""
        return [e for e in self.entries if e.node.kind is Kind.LEAF]

    @property
    def shared(self) -> list[Entry]:
        """The entries that are one number for all leaves."""
        return [e for e in self.entries if e.is_shared]

    @property
    def goals(self) -> list[Node]:
        """All that one step computes."""
        return [self.moved, *(e.after for e in self.entries)]

    @property
    def passes(self) -> int:
        """How often a step goes through the leaf: once more than reductions are deep."""
        return 1 + max(depths(self.goals).values(), default=0)

    @property
    def is_coupled(self) -> bool:
        """Whether leaves share part of the state, or the step of one depends on others."""
        nodes = [*self.goals, *(n for one in ordered(self.goals) for n in one.inputs)]
        return bool(self.shared) or any(node.kind is Kind.TREE for node in nodes)

    @property
    def is_elementwise(self) -> bool:
        """Whether each element is stepped by itself."""
        return self.passes == 1


@remembered
def lowered(skeleton: Rule, dtype: str) -> Formula:
    """The formula of a rule for leaves of any shape; of a user's rule, as it is now.

    Args:
        skeleton: the rule with the kinds of its numbers, as `numbers.skeleton` gives it.
        dtype: of the leaf.

    Raises:
        CannotLowerError: no graph holds it, in one line that says why.
    """
    one, other = (formula(skeleton, dtype, shape) for shape in SHAPES)
    if why_not := first_why_not(n for f in (one, other) for n in (*ordered(f.goals), *f.goals)):
        raise CannotLowerError(why_not)
    if one.structure != other.structure:
        raise CannotLowerError("its state depends on the shape of the parameter")
    sizes = math.prod(SHAPES[0]), math.prod(SHAPES[1])
    moved, *afters = merged(zip(one.goals, other.goals, strict=True), sizes)
    entries = tuple(replace(e, after=node) for e, node in zip(one.entries, afters, strict=True))
    found = replace(one, moved=moved, entries=entries)
    if any(entry.after.kind > Kind.TREE for entry in found.shared):
        raise CannotLowerError("what all parameters share in its state depends on single ones")
    return found


def formula(skeleton: Rule, dtype: str, shape: tuple[int, ...]) -> Formula:
    """The formula of a rule for leaves of one shape.

    Raises:
        CannotLowerError: no graph holds it.
    """
    labels, kinds = zip(("t", WEAK), *markers(skeleton), strict=True)

    def begin(numbers: Sequence[Any], x: Leaves) -> Any:
        return stepping.begin(_filled(skeleton, numbers[1:]), x)

    def step(numbers: Sequence[Any], x: Leaves, g: Leaves, state: Any) -> tuple[Leaves, Any]:
        rule, offers = _filled(skeleton, numbers[1:]), stepping.Offers(g=lambda: g)
        return stepping.step(rule, state, x, numbers[0], offers)

    links = chain(skeleton)
    if bare(skeleton) is not skeleton:
        raise CannotLowerError("its numbers go by the names of parameters")
    if isinstance(links[-1], Partition):
        raise CannotLowerError("each of its parts has a formula of its own")
    if any("leaf" in link.asks for link in links):
        raise CannotLowerError("its formula asks for the layout or the role of a parameter")
    is_coupled = any(link.coupled for link in links)
    # JAX's arrays would take a sum over all leaves for one over a leaf
    readers, beside = (1, len(shape)) if is_coupled else (2, 0)
    found = _read(begin, step, Leaf(kinds, dtype, shape, beside), readers)
    moved = operation("add", (found.x, found.delta), dtype)
    paths = [path for path, _ in tree.flat(found.state)]
    entries = tuple(map(Entry, paths, found.before, found.after))
    return Formula(
        tuple(found.numbers), labels, found.x, found.g, moved, entries, tree.structure(found.state)
    )


def _filled(skeleton: Rule, numbers: Sequence[Any]) -> Rule:
    """The rule with traced numbers in the places of the markers, taken as they are."""
    return with_settings(skeleton, structured(skeleton, numbers), checked=False)


def _read(begin: Begin, step: Step, leaf: Leaf, readers: int) -> Reading:
    """By arrays of our own; what they cannot read, by JAX where it is allowed and installed."""
    try:
        return _explained(arrays.read, begin, step, leaf)
    except CannotTraceError as error:
        if readers == 1:
            raise
        try:
            from .. import random_state  # noqa: F401 (before any import of JAX)
            from . import jaxprs
        except ImportError:
            raise error from None
    return _explained(jaxprs.read, begin, step, leaf)


def _explained(read: Reader, begin: Begin, step: Step, leaf: Leaf) -> Reading:
    try:
        return read(begin, step, leaf)
    except CannotLowerError:
        raise
    except Exception as error:  # any error of a user's formula is the reason
        line = str(error).partition("\n")[0]
        raise CannotTraceError(f"it does not trace: {type(error).__name__}: {line}") from error

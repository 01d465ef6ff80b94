"""What a reader of formulas is given, and what it gives: shared by both readers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from ..rules import Leaves
from ..rules.state import mapped, of_one
from . import tree
from .graph import CannotLowerError, Kind, Node, given
from .numbers import WEAK

Begin = Callable[[Sequence[Any], Leaves], Any]
"""From the numbers and the parameters of a tree to its first state."""
Step = Callable[[Sequence[Any], Leaves, Leaves, Any], tuple[Leaves, Any]]
"""From the numbers, parameters, gradients and state to the step and the next state."""


class Leaf(NamedTuple):
    """The leaf that a formula is read for."""

    kinds: Sequence[str]
    """of t and every hyperparameter, as `numbers` names them"""
    dtype: str
    shape: tuple[int, ...]
    beside: int = 0
    """how many other leaves the tree has, which no element of this one depends on"""

    @property
    def numbers(self) -> list[Node]:
        """The inputs `h0`, which is t, `h1` and so on."""
        dtypes = ("float64" if kind == WEAK else self.dtype for kind in self.kinds)
        return [given(f"h{i}", dtype, Kind.NUMBER) for i, dtype in enumerate(dtypes)]

    @property
    def arrays(self) -> list[Node]:
        """The inputs `x` and `g`."""
        return [given(name, self.dtype, Kind.ELEMENT) for name in "xg"]

    def entries(self, state: Any) -> list[Node]:
        """The inputs `s0`, `s1`, …: the entries of a first state, as `Begin` gives it.

        Raises:
            CannotLowerError: one of them is neither like the parameter nor a scalar.
        """
        found = tree.leaves(of_one(state))
        self.check_entries(found, found)
        pairs = zip(found, shared(state), strict=True)
        kinds = [self._kind(entry, is_shared) for entry, is_shared in pairs]
        return [given(f"s{i}", self.dtype, kind) for i, kind in enumerate(kinds)]

    def _kind(self, entry: Any, is_shared: bool) -> Kind:
        if is_shared:
            if entry.shape:
                raise CannotLowerError("what all parameters share in its state is no scalar")
            return Kind.TREE
        return Kind.ELEMENT if entry.shape == self.shape else Kind.LEAF

    def check_entries(self, before: Sequence[Any], after: Sequence[Any]) -> None:
        """Raise where an entry has another dtype or shape than a kernel keeps, or gets one."""
        for old, new in zip(before, after, strict=True):
            if {str(old.dtype), str(new.dtype)} != {self.dtype}:
                wrong = next(d for d in (old.dtype, new.dtype) if str(d) != self.dtype)
                raise CannotLowerError(f"its state has entries of {wrong} beside {self.dtype}")
            if old.shape not in ((), self.shape) or new.shape not in ((), old.shape):
                raise CannotLowerError(
                    "its state has entries of another shape than the parameter's"
                )

    def check_step(self, delta: Any, before: Any, after: Any) -> None:
        """Raise where a step of this leaf or its next state is not what a step takes."""
        if str(delta.dtype) != self.dtype or delta.shape not in ((), self.shape):
            raise CannotLowerError(
                f"its step of {self.dtype} is {delta.dtype} of another kind or shape"
            )
        if tree.structure(after) != tree.structure(before):
            raise CannotLowerError("its state changes its structure from step to step")
        self.check_entries(tree.leaves(before), tree.leaves(after))


def shared(state: Any) -> list[bool]:
    """Of each entry of a state whether all leaves share it, in the order of `tree.leaves`."""

    def about(entry: Any) -> Any:
        is_own = isinstance(entry, Leaves)
        return tree.mapped(lambda _: not is_own, entry[0] if is_own else entry)

    return tree.leaves(mapped(about, state))


class Reading(NamedTuple):
    """The nodes of a formula."""

    state: Any
    """the first state of one leaf, of the reader's own arrays"""
    numbers: list[Node]
    x: Node
    g: Node
    before: list[Node]
    """the entries of the state"""
    delta: Node
    """the step"""
    after: list[Node]
    """the entries of the next state"""


class Reader(Protocol):
    """Reads a formula by running it."""

    def __call__(self, begin: Begin, step: Step, leaf: Leaf) -> Reading:
        """The nodes of what `step` computes.

        Raises:
            CannotLowerError: the formula has no graph, or this reader cannot read it.
        """
        ...

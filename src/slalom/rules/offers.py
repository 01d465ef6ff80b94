"""What a loop offers to formulas, for all leaves or some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import SlalomError
from .draws import LeafDraws
from .leaves import Array, Leaves
from .rule import Draws, Leaf, Rule
from .vocabulary import zeros


@dataclass(frozen=True)
class Offers:
    """What a loop can tell formulas; None where it cannot.

    Attributes:
        g: gives the gradient at the iterate, `Leaves`; called once at most.
        grad: from a point, `Leaves`, to the gradient there, on the same batch.
        loss: gives the loss at the iterate, a scalar; called once at most.
        value: from a point, `Leaves`, to the loss there, on the same batch.
        hvp: from a vector, `Leaves`, to its product with the Hessian at the iterate.
        key: a source of draws.
        counts: the number of this step for each leaf, where some leaves have missed steps. What
            steps them one by one goes by it; what couples them goes by the step of the tree.
        leaf: what is known of each leaf beside its numbers; None: its shape alone.
    """

    g: Callable[[], Leaves] | None = None
    grad: Callable[[Leaves], Leaves] | None = None
    loss: Callable[[], Array] | None = None
    value: Callable[[Leaves], Array] | None = None
    hvp: Callable[[Leaves], Leaves] | None = None
    key: Draws | None = None
    counts: Leaves | None = None
    leaf: Iterable[Leaf] | None = None


def some(offers: Offers, x: Leaves, at: Sequence[int]) -> Offers:
    """What is offered to some of the leaves, while the others stay where they are.

    Args:
        offers: to all leaves.
        x: the iterate, of all leaves.
        at: the numbers of these leaves.
    """
    g, grad, value, hvp, counts = offers.g, offers.grad, offers.value, offers.hvp, offers.counts
    return replace(
        offers,
        g=None if g is None else lambda: chosen(g(), at),
        grad=None if grad is None else lambda point: chosen(grad(put(x, at, point)), at),
        value=None if value is None else lambda point: value(put(x, at, point)),
        hvp=None if hvp is None else lambda u: chosen(hvp(put(zeros(x), at, u)), at),
        counts=None if counts is None else chosen(counts, at),
        leaf=chosen(described(x, offers.leaf), at),
    )


def keyed(rule: Rule, formula: str, offers: Offers, count: int) -> tuple[Any, Offers]:
    """The draws of one formula, and the offers with draws that are independent of these."""
    if "key" not in rule.arguments.get(formula, ()):
        return None, offers
    key = offered(rule, "key", offers)
    if rule.coupled:
        own, key = key.split()
        return LeafDraws(own), replace(offers, key=key)
    found = []
    for _ in range(count):
        own, key = key.split()
        found.append(own)
    return Leaves(found), replace(offers, key=key)


def offered(rule: Rule, name: str, offers: Offers) -> Any:
    """What a rule asks for by name.

    Raises:
        SlalomError: it is not offered.
    """
    found = getattr(offers, name)
    if found is None:
        raise SlalomError(f"{rule.name} needs {_MEANING[name]}: pass {name}=")
    return found


_MEANING = {
    "g": "the gradient",
    "grad": "the gradient as a function of the point",
    "loss": "the loss",
    "value": "the loss as a function of the point",
    "hvp": "the product of the Hessian with a vector",
    "key": "a source of random numbers",
}


def once(give: Callable[[], Any] | None) -> Callable[[], Any] | None:
    """A function that computes what it gives at its first call."""
    if give is None:
        return None
    found: list[Any] = []

    def given() -> Any:
        if not found:
            found.append(give())
        return found[0]

    return given


def described(x: Leaves, leaf: Iterable[Leaf] | None) -> Leaves:
    """What is known of each leaf; where nothing is said, its shape alone."""
    if leaf is None:
        return Leaves([Leaf("", tuple(a.shape)) for a in x])
    return leaf if isinstance(leaf, Leaves) else Leaves([*leaf])


def chosen(values: Any, at: Sequence[int]) -> Leaves:
    """Some of the leaves, by their numbers."""
    return Leaves([values[i] for i in at])


def put(values: Leaves, at: Sequence[int], parts: Iterable[Any]) -> Leaves:
    """The leaves with others in some places."""
    found = list(values)
    for i, part in zip(at, parts, strict=True):
        found[i] = part
    return Leaves(found)

"""Arrays of one shape and dtype as one batch, for rules whose formulas take batches.

Two hundred small matrices are one product of batches then, not two hundred products.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from array_api_compat import array_namespace

from .draws import BatchDraws
from .leaves import Array, Leaves
from .rule import Rule
from .state import mapped, of_leaf, of_leaves

LARGEST = 2**22
"""Elements of a batch on a CPU: more of them cost memory and gain nothing."""


def updated(
    now: Iterable[tuple[Hashable, Rule]], formula: str, x: Leaves, asked: dict[str, Any]
) -> list[Any]:
    """What a formula gives for each leaf, called once for all leaves that are alike.

    Args:
        now: for each leaf the rule with its numbers, and what tells them from other numbers.
        formula: the name of the update.
        x: the iterate.
        asked: the arguments of the formula, of all leaves.
    """
    alike: dict[Hashable, list[int]] = {}
    rules: list[Rule] = []
    for i, (key, rule) in enumerate(now):
        rules.append(rule)
        alike.setdefault((key, *_kind(x[i], i), *_layout(asked, i)), []).append(i)
    found: list[Any] = [None] * len(x)
    for group in alike.values():
        for at in _batches(group, x[group[0]]):
            pairs = _of_batch(getattr(rules[at[0]], formula), asked, at)
            for i, pair in zip(at, pairs, strict=True):
                found[i] = pair
    return found


def _batches(alike: list[int], a: Array) -> Iterator[list[int]]:
    """Leaves that are alike in parts that are batches; an accelerator takes them all at once."""
    is_accelerated = hasattr(a, "is_cuda") and a.device.type != "cpu"
    count = len(alike) if is_accelerated else max(1, LARGEST // max(1, math.prod(a.shape)))
    yield from (alike[first : first + count] for first in range(0, len(alike), count))


def _kind(a: Array, index: int) -> tuple[Hashable, ...]:
    """What arrays of one batch have in common; a sharded one, a DTensor, is a batch of its own."""
    if hasattr(a, "full_tensor"):
        return (index,)
    return (a.shape, a.dtype, a.device if hasattr(a, "is_cuda") else None)


def _layout(asked: dict[str, Any], index: int) -> tuple[Hashable, ...]:
    leaves: Leaves | None = asked.get("leaf")
    return () if leaves is None else leaves[index].layout


def _of_batch(formula: Callable[..., Any], asked: dict[str, Any], at: list[int]) -> list[Any]:
    """What a formula gives for each of some leaves that are alike."""
    if len(at) == 1:
        return [formula(**{name: of_leaf(value, at[0]) for name, value in asked.items()})]
    arrays = {"x", "g", "state"} & set(asked)
    given = {name: of_leaf(value, at[0]) for name, value in asked.items() if name not in arrays}
    given |= {name: _stacked(of_leaves(asked[name], at)) for name in arrays}
    if "key" in asked:
        given["key"] = BatchDraws([asked["key"][i] for i in at])
    found = formula(**given)
    if not isinstance(found, tuple) or len(found) != 2:
        return [found] * len(at)  # which is reported as for any other rule
    return _unstacked(found, len(at))


def _stacked(state: Any) -> Any:
    """A state, or an array, of leaves that are alike, with one batch for each `Leaves`."""

    def stack(entry: Any) -> Any:
        return _batch(list(entry)) if isinstance(entry, Leaves) else entry

    return mapped(stack, state)


def _batch(parts: list[Any]) -> Any:
    """Arrays of one shape as one batch; of tuples of arrays one for each place of the tuple."""
    if isinstance(parts[0], tuple):
        return tuple(_batch(list(column)) for column in zip(*parts, strict=True))
    return array_namespace(*parts).stack(parts)


def _unstacked(state: Any, count: int) -> list[Any]:
    """What a state of batches is for each of so many leaves."""
    if state is None:
        return [None] * count
    if not isinstance(state, tuple):
        return list(array_namespace(state).unstack(state))
    make = type(state) if hasattr(state, "_fields") else lambda *parts: parts
    columns = [_unstacked(entry, count) for entry in state]
    return [make(*parts) for parts in zip(*columns, strict=True)] if columns else [()] * count

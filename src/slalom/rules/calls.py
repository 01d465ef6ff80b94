"""`rule.begin`, `rule.step` and `rule.judged`, on one array as on a list of arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import stepping
from .leaves import Leaves
from .rule import Leaf, Rule, State
from .state import of_one


def begin(rule: Rule, x: Any, leaf: Sequence[Leaf] | None) -> State:
    """The state before the first step."""
    state = stepping.begin(rule, _leaves(x), leaf)
    return state if _is_list(x) else of_one(state)


def step(
    rule: Rule,
    x: Any,
    g: Any,
    state: State,
    t: Any,
    leaf: Sequence[Leaf] | None,
    offers: Mapping[str, Any],
) -> tuple[Any, State]:
    """What to add to the iterate, and the new state."""
    many = _is_list(x)

    def of_leaves(function: Callable[[Any], Any] | None) -> Callable[[Leaves], Leaves] | None:
        if function is None:
            return None
        return lambda point: _leaves(function(list(point) if many else point[0]))

    loss, value = offers.get("loss"), offers.get("value")
    given = stepping.Offers(
        g=None if g is None else lambda: _leaves(g),
        grad=of_leaves(offers.get("grad")),
        hvp=of_leaves(offers.get("hvp")),
        loss=None if loss is None else lambda: loss,
        value=None if value is None else lambda at: value(list(at) if many else at[0]),
        key=offers.get("key"),
        leaf=leaf,
    )
    held = state if many else _like_begun(rule, x, leaf, state)
    delta, new = stepping.step(rule, held, _leaves(x), t, given)
    return (list(delta), new) if many else (delta[0], of_one(new))


def judged(rule: Rule, x: Any, state: State, leaf: Sequence[Leaf] | None) -> Any:
    """The point to judge."""
    many = _is_list(x)
    held = state if many else _like_begun(rule, x, leaf, state)
    point = stepping.judged(rule, held, _leaves(x), leaf)
    return list(point) if many else point[0]


def _is_list(x: Any) -> bool:
    return isinstance(x, (list, tuple, Leaves))


def _leaves(x: Any) -> Leaves:
    return Leaves(x) if _is_list(x) else Leaves([x])


def _like_begun(rule: Rule, x: Any, leaf: Sequence[Leaf] | None, state: State) -> State:
    """The state of one array with `Leaves` where the rule has them."""
    return _paired(stepping.begin(rule, _leaves(x), leaf), state)


def _paired(begun: State, state: State) -> State:
    if isinstance(begun, Leaves):
        return Leaves([state])
    if isinstance(begun, dict):
        return {part: _paired(own, state[part]) for part, own in begun.items()}
    if isinstance(begun, tuple) and hasattr(begun, "_fields"):
        return type(begun)(*(_paired(b, s) for b, s in zip(begun, state, strict=True)))
    return state

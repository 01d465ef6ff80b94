"""`rule.begin`, `rule.step` and `rule.judged`, on one array as on a list of arrays.

The caller may change `x` and `g` in place between the calls: what a new state would share with
them is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from array_api_compat import array_namespace

from ..errors import SlalomError, unknown
from . import stepping
from .leaves import Array, Leaves, each
from .rule import ASKED_OF_LOOPS, Leaf, Rule, State
from .state import mapped, of_one
from .vocabulary import copied

OFFERS = tuple(name for name in ASKED_OF_LOOPS if name != "g")
"""What `rule.step` takes by name."""


def begin(rule: Rule, x: Any, leaf: Iterable[Leaf] | None) -> State:
    """The state before the first step."""
    state = _apart(stepping.begin(rule, _leaves(x), leaf), _leaves(x))
    return state if _is_list(x) else of_one(state)


def step(
    rule: Rule,
    x: Any,
    g: Any,
    state: State,
    t: Any,
    leaf: Iterable[Leaf] | None,
    offers: Mapping[str, Any],
) -> tuple[Any, State]:
    """What to add to the iterate, and the new state."""
    for name in offers:
        if name not in OFFERS:
            raise SlalomError(unknown("argument", name, OFFERS))
    if isinstance(t, (int, float)) and not (t >= 1 and float(t).is_integer()):
        raise SlalomError(f"t must be the number of the step, from 1, got {t}")
    many, xs = _is_list(x), _leaves(x)
    met = [*xs]

    def checked(gradient: Any) -> Leaves:
        found = _gradient(gradient, many, len(xs))
        met.extend(found)
        return found

    def of_leaves(function: Callable[[Any], Any] | None) -> Callable[[Leaves], Leaves] | None:
        if function is None:
            return None
        return lambda point: checked(function(list(point) if many else point[0]))

    loss, value = offers.get("loss"), offers.get("value")
    given = stepping.Offers(
        g=None if g is None else lambda: checked(g),
        grad=of_leaves(offers.get("grad")),
        hvp=of_leaves(offers.get("hvp")),
        loss=None if loss is None else lambda: loss,
        value=None if value is None else lambda at: value(list(at) if many else at[0]),
        key=offers.get("key"),
        leaf=leaf,
    )
    held = state if many else _like_begun(rule, x, leaf, state)
    delta, new = stepping.step(rule, held, xs, t, given)
    new = _apart(new, met)
    return (list(delta), new) if many else (delta[0], of_one(new))


def judged(rule: Rule, x: Any, state: State, leaf: Iterable[Leaf] | None) -> Any:
    """The point to judge."""
    many = _is_list(x)
    held = state if many else _like_begun(rule, x, leaf, state)
    point = stepping.judged(rule, held, _leaves(x), leaf)
    return list(point) if many else point[0]


def _is_list(x: Any) -> bool:
    return isinstance(x, (list, tuple, Leaves))


def _leaves(x: Any) -> Leaves:
    return Leaves(x) if _is_list(x) else Leaves([x])


def _gradient(g: Any, many: bool, count: int) -> Leaves:
    """A gradient as `Leaves`.

    Raises:
        SlalomError: it is not of the form of `x`.
    """
    if _is_list(g) != many:
        form = "gradients must be a list of arrays" if many else "a gradient must be an array"
        raise SlalomError(f"{form}, as x is")
    found = _leaves(g)
    if len(found) != count:
        raise SlalomError(f"one gradient for each of {count} arrays, not {len(found)}")
    return found


def _apart(state: State, given: Iterable[Array]) -> State:
    """The state with copies of what shares memory with arrays that the caller has."""

    def own(entry: Array) -> Array:
        return copied(entry) if any(_share_memory(entry, a) for a in given) else entry

    return mapped(each(own), state)


def _share_memory(a: Any, b: Any) -> bool:
    if not (hasattr(a, "dtype") and hasattr(b, "dtype")):
        return False
    if hasattr(a, "untyped_storage"):
        return a.numel() > 0 and a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
    shared = getattr(array_namespace(a), "may_share_memory", None)  # JAX's arrays never change
    return shared is not None and shared(a, b)


def _like_begun(rule: Rule, x: Any, leaf: Iterable[Leaf] | None, state: State) -> State:
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

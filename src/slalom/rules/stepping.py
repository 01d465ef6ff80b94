"""One step of any rule over the leaves of a tree: what every engine calls.

    state        = begin(rule, x, leaf)
    delta, state = step(rule, state, x, t, offers)
    point        = judged(rule, state, x, leaf)

`x`, `delta` and `point` are `Leaves`. In a state, what belongs to the leaves is `Leaves`, one part
for each, and all else is shared by the tree. Schedules are called here, once for each rule,
dtype and step, so that formulas meet numbers.

Leaves in float16 or bfloat16 are stepped in float32: see `precision`.

Nothing is changed in place and nothing is copied: a state may hold an array that the formula was
given and hands on, such as `x` or `g` themselves, or a view of one. An engine that writes
parameters or gradients in place copies such an entry before it does, as `rule.begin` and
`rule.step` do; one whose arrays never change, as JAX's, need not. The rules of the catalogue hand
nothing on: they remember `copied(x)`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any

from ..errors import SlalomError
from . import batches
from .leaves import Leaves, widened
from .offers import Offers, chosen, described, keyed, offered, once, put, some
from .partition import Partition
from .plans import bare, planned
from .precision import is_narrow, rounded, rounded_state, widened_offers, widened_state
from .returned import check_gradient, check_update
from .rule import Leaf, Rule, State
from .state import Around, gathered, of_leaf, of_leaves, spread
from .vocabulary import zeros
from .wrapper import Wrapper


def begin(rule: Rule, x: Leaves, leaf: Iterable[Leaf] | None = None) -> State:
    """The state before the first step."""
    if not len(x):
        return ()
    rule, leaf, at = _numbered(rule, described(x, leaf), checked=True)
    if at is None:
        return _begin(rule, x, leaf)
    return spread(_begin(rule, chosen(x, at), chosen(leaf, at)), at, len(x))


def step(rule: Rule, state: State, x: Leaves, t: Any, offers: Offers) -> tuple[Leaves, State]:
    """What to add to the iterate, and the new state.

    Args:
        rule: hyperparameters may be schedules, and `Leaves` of numbers, one for each leaf.
        state: what `begin` or the step before gave.
        x: the iterate.
        t: the number of this step, from 1: an int, or traced.
        offers: what the rule may ask for.

    Raises:
        SlalomError: the rule asks for something that is not offered, or returns no pair.
    """
    if not len(x):
        return x, state
    rule, leaf, at = _numbered(rule, described(x, offers.leaf))
    offers = replace(offers, leaf=leaf)
    if at is not None:
        own = some(offers, x, at)
        found, after = step(rule, of_leaves(state, at), chosen(x, at), t, own)
        return put(zeros(x), at, found), spread(after, at, len(x))
    # a traced whole number would make `0.9 ** t` a float64 in JAX
    t = t if isinstance(t, int) else 1.0 * t
    if not is_narrow(x):
        return _step(rule, state, x, t, _given_once(offers, x))
    offers = _given_once(widened_offers(offers, x), x)
    delta, new = _step(rule, widened_state(state), widened(x), t, offers)
    return rounded(delta, x), rounded_state(new, x)


def judged(rule: Rule, state: State, x: Leaves, leaf: Iterable[Leaf] | None = None) -> Leaves:
    """The point to judge, which for some rules is not the iterate."""
    if not len(x):
        return x
    rule, leaf, at = _numbered(rule, described(x, leaf))
    if at is not None:
        own = of_leaves(state, at)
        return put(x, at, judged(rule, own, chosen(x, at), chosen(leaf, at)))
    if not is_narrow(x):
        return _judged(rule, state, x, leaf)
    return rounded(_judged(rule, widened_state(state), widened(x), leaf), x)


def rate(
    rule: Rule,
    state: State,
    x: Leaves,
    t: Any,
    leaf: Iterable[Leaf] | None = None,
    counts: Leaves | None = None,
) -> Any:
    """What the step from `x` is proportional to: a number, or `Leaves` of one for each leaf.

    Of a rule whose rate is known after the step, it is that of the step that led to the state.

    Raises:
        SlalomError: the rule has no rate.
    """
    rule, leaf, at = _numbered(rule, described(x, leaf))
    if at is not None:
        own_counts = None if counts is None else chosen(counts, at)
        own = of_leaves(state, at)
        found = rate(rule, own, chosen(x, at), t, chosen(leaf, at), own_counts)
        by_leaf = found if isinstance(found, Leaves) else [found] * len(at)
        return put(Leaves([0.0] * len(x)), at, by_leaf)
    state = widened_state(state)
    return _rate(rule, state, state, widened(x), t, Offers(leaf=leaf, counts=counts))


def through(rule: Wrapper, x: Leaves, t: Any, offers: Offers) -> Offers:
    """What a wrapper that only changes gradients offers to the rule inside."""
    return _through(rule, x, t, replace(offers, leaf=described(x, offers.leaf)))


def _numbered(
    rule: Rule, leaf: Leaves, checked: bool = False
) -> tuple[Rule, Leaves, list[int] | None]:
    """The rule with the numbers that its recipes give to each leaf, in the place of them.

    Returns:
        The rule; the leaves; the numbers of those that are not frozen, whose rule it is, or None
        where none is frozen.
    """
    if bare(rule) is rule:
        return rule, leaf, None
    plan = planned(rule, list(leaf), checked=checked)
    are_all = len(plan.live) == len(leaf)
    return plan.of(plan.live), Leaves(plan.leaf), None if are_all else plan.live


class Step:
    """The rule inside a wrapper, in the wrapper's formula: `step()`, `step(g)`, `step(g, x)`.

    A call gives what the rule adds to the iterate. The state that the last call led to is kept.

    Args:
        rule: the rule inside.
        state: its state before the step.
        x: the iterate.
        t: the number of the step.
        offers: what it may ask for.
        after: its state after the step, where that was taken already.
    """

    def __init__(
        self,
        rule: Rule,
        state: State,
        x: Leaves,
        t: Any,
        offers: Offers,
        after: State | None = None,
    ):
        self._rule, self._before, self._x, self._t, self._offers = rule, state, x, t, offers
        self.state, self._is_taken = state if after is None else after, after is not None

    def __call__(self, g: Leaves | None = None, x: Leaves | None = None) -> Leaves:
        """The step at the iterate, or for another gradient, or at another point.

        Args:
            g: the gradient that the rule sees in place of the one at the iterate.
            x: the point that it sees in place of the iterate.
        """
        offers = self._offers
        if g is not None:
            offers = replace(offers, g=lambda: g, grad=None)
        at = self._x if x is None else x
        delta, self.state = _step(self._rule, self._before, at, self._t, offers)
        self._is_taken = True
        return delta

    @property
    def rate(self) -> Any:
        """What the step is proportional to: a number, or `Leaves` of one for each leaf.

        Raises:
            SlalomError: the rule has no rate, or none before its step.
        """
        after = self.state if self._is_taken else None
        return _rate(self._rule, self._before, after, self._x, self._t, self._offers)


def _given_once(offers: Offers, x: Leaves) -> Offers:
    g, loss, leaf = once(offers.g), once(offers.loss), described(x, offers.leaf)
    return replace(offers, g=g, loss=loss, leaf=leaf)


def _begin(rule: Rule, x: Leaves, leaf: Leaves) -> State:
    if isinstance(rule, Partition):
        found = {}
        for name, at in rule.parts(leaf).items():
            own = _begin(getattr(rule, name), chosen(x, at), chosen(leaf, at))
            found[name] = spread(own, at, len(x))
        return found
    own = _initial(rule, x, leaf) if "init" in rule.arguments else ()
    if not isinstance(rule, Wrapper):
        return own
    inside = _begin(rule.wrapped, x, leaf)
    return Around(own, inside) if "init" in rule.arguments else inside


def _initial(rule: Rule, x: Leaves, leaf: Leaves) -> State:
    found = _called(rule, "init", x, 1, {"x": x, "leaf": leaf})
    return found if rule.coupled else gathered(found)


def _step(rule: Rule, state: State, x: Leaves, t: Any, offers: Offers) -> tuple[Leaves, State]:
    if isinstance(rule, Partition):
        return _step_of_parts(rule, state, x, t, offers)
    if not isinstance(rule, Wrapper):
        own_key, _ = keyed(rule, rule.formula, offers, len(x))
        return _updated(rule, state, x, t, offers, own_key, None)
    own, inside = _apart(rule, state)
    if "gradient" in rule.arguments:
        offers = _through(rule, x, t, offers)
    if rule.formula not in rule.arguments:
        delta, inside = _step(rule.wrapped, inside, x, t, offers)
    else:
        own_key, rest = keyed(rule, rule.formula, offers, len(x))
        inner = Step(rule.wrapped, inside, x, t, rest)
        delta, own = _updated(rule, own, x, t, offers, own_key, inner)
        inside = inner.state
    return delta, Around(own, inside) if "init" in rule.arguments else inside


def _updated(
    rule: Rule, state: State, x: Leaves, t: Any, offers: Offers, key: Any, inner: Step | None
) -> tuple[Leaves, State]:
    """What the update of one rule gives, whatever is inside it."""
    asked = rule.arguments.get(rule.formula)
    if asked is None:
        raise SlalomError(f"{type(rule).__name__} has no update method")
    values: dict[str, Any] = {"x": x, "t": t, "state": state, "leaf": offers.leaf, "step": inner}
    for name in asked:
        if name in ("g", "loss"):
            values[name] = offered(rule, name, offers)()
        elif name in ("grad", "value", "hvp"):
            values[name] = offered(rule, name, offers)
        elif name == "key":
            values[name] = key
    found = _called(rule, rule.formula, x, t, values, offers.counts)
    check_update(rule, found, x)
    if rule.coupled:
        return found
    return Leaves([delta for delta, _ in found]), gathered([new for _, new in found])


def _called(
    rule: Rule,
    formula: str,
    x: Leaves,
    t: Any,
    values: dict[str, Any],
    counts: Leaves | None = None,
) -> Any:
    """What a formula gives: for all leaves at once if coupled, else a list, one for each leaf."""
    asked = {name: values[name] for name in rule.arguments[formula]}
    if rule.coupled:
        return getattr(rule.at(t, x), formula)(**asked)
    if counts is not None and "t" in asked:
        asked["t"] = counts
    numbers = _for_leaves(rule, [t] * len(x) if counts is None else counts, x)
    if rule.batched and formula == rule.formula:
        return batches.updated(numbers, formula, x, asked)
    return [
        getattr(now, formula)(**{name: of_leaf(value, i) for name, value in asked.items()})
        for i, (_, now) in enumerate(numbers)
    ]


def _for_leaves(rule: Rule, counts: Iterable[Any], x: Leaves) -> Iterator[tuple[Hashable, Any]]:
    """The rule with its numbers at the step of each leaf, and what tells them from others."""
    by_leaf = [f.name for f in fields(rule) if isinstance(getattr(rule, f.name), Leaves)]
    known: dict[Hashable, Any] = {}
    for i, (t, a) in enumerate(zip(counts, x, strict=True)):
        own = {name: getattr(rule, name)[i] for name in by_leaf}
        are_plain = all(isinstance(number, (int, float)) for number in own.values())
        step = t if isinstance(t, int) else None  # a traced one is the same for all
        key = (step, a.dtype, *(own.values() if are_plain else [i]))
        if key not in known:
            known[key] = (rule.rebuilt(**own) if own else rule).at(t, a)
        yield key, known[key]


def _through(rule: Wrapper, x: Leaves, t: Any, offers: Offers) -> Offers:
    """What is offered to the rule inside a wrapper that changes every gradient."""
    key, rest = keyed(rule, "gradient", offers, len(x))

    def changed(g: Leaves, at: Leaves) -> Leaves:
        values = {"g": g, "x": at, "t": t, "key": key, "leaf": offers.leaf}
        found = _called(rule, "gradient", x, t, values, offers.counts)
        check_gradient(rule, found, x)
        return found if rule.coupled else Leaves(found)

    g, grad = offers.g, offers.grad
    return replace(
        rest,
        g=once(None if g is None else lambda: changed(g(), x)),
        grad=None if grad is None else lambda point: changed(grad(point), point),
    )


def _step_of_parts(
    rule: Partition, state: State, x: Leaves, t: Any, offers: Offers
) -> tuple[Leaves, State]:
    deltas, new = list(x), {}
    for name, at in rule.parts(described(x, offers.leaf)).items():
        own, offers = _for_part(x, at, offers)
        before = of_leaves(state[name], at)
        found, after = _step(getattr(rule, name), before, chosen(x, at), t, own)
        new[name] = spread(after, at, len(x))
        for i, delta in zip(at, found, strict=True):
            deltas[i] = delta
    return Leaves(deltas), new


def _for_part(x: Leaves, at: list[int], offers: Offers) -> tuple[Offers, Offers]:
    """What is offered to some of the leaves, and to the parts that follow."""
    own_key, key = (None, None) if offers.key is None else offers.key.split()
    return replace(some(offers, x, at), key=own_key), replace(offers, key=key)


def _judged(rule: Rule, state: State, x: Leaves, leaf: Leaves) -> Leaves:
    if isinstance(rule, Partition):
        for name, at in rule.parts(leaf).items():
            own = of_leaves(state[name], at)
            found = _judged(getattr(rule, name), own, chosen(x, at), chosen(leaf, at))
            x = put(x, at, found)
        return x
    own, inside = _apart(rule, state)
    if "evaluate" in rule.arguments:
        values = {"x": x, "state": own, "leaf": leaf}
        asked = {name: values[name] for name in rule.arguments["evaluate"]}
        if rule.coupled:
            return rule.evaluate(**asked)
        by_leaf = [{n: of_leaf(v, i) for n, v in asked.items()} for i in range(len(x))]
        return Leaves([rule.evaluate(**own) for own in by_leaf])
    return _judged(rule.wrapped, inside, x, leaf) if isinstance(rule, Wrapper) else x


def _rate(rule: Rule, state: State, after: Any, x: Leaves, t: Any, offers: Offers) -> Any:
    """The rate of a step; `after` is the state that it leads to, None where it is not taken yet."""
    if isinstance(rule, Partition):
        rates: Any = x
        for name, at in rule.parts(described(x, offers.leaf)).items():
            part, (own, _) = getattr(rule, name), _for_part(x, at, offers)
            before, new = (s and of_leaves(s[name], at) for s in (state, after))
            found = _rate(part, before, new, chosen(x, at), t, own)
            by_leaf = found if isinstance(found, Leaves) else [found] * len(at)
            rates = put(rates, at, by_leaf)
        return rates
    own, inside = _apart(rule, state)
    own_after, inside_after = (None, None) if after is None else _apart(rule, after)
    if "rate" in rule.arguments:
        if "after" in rule.arguments["rate"] and own_after is None:
            raise SlalomError(f"{rule.name} has its rate after its step: call step() before rate")
        values = {"x": x, "t": t, "state": own, "after": own_after, "leaf": offers.leaf}
        if isinstance(rule, Wrapper):
            values["step"] = Step(rule.wrapped, inside, x, t, offers, inside_after)
        if _is_rate_shared(rule, offers):
            return rule.at(t, x).rate(**{name: values[name] for name in rule.arguments["rate"]})
        found = _called(rule, "rate", x, t, values, offers.counts)
        return found if rule.coupled else Leaves(found)
    if isinstance(rule, Wrapper):
        return _rate(rule.wrapped, inside, inside_after, x, t, offers)
    if not hasattr(rule, "lr"):
        raise SlalomError(f"{rule.name} has no rate: give it a field lr or a method rate")
    if offers.counts is not None and not rule.coupled:
        return Leaves([now.lr for _, now in _for_leaves(rule, offers.counts, x)])
    return rule.at(t, x).lr


def _is_rate_shared(rule: Rule, offers: Offers) -> bool:
    """Whether the formula of the rate gives one number for all leaves: it asks for t alone."""
    by_leaf = any(isinstance(getattr(rule, f.name), Leaves) for f in fields(rule))
    return {*rule.arguments["rate"]} <= {"t"} and offers.counts is None and not by_leaf


def _apart(rule: Rule, state: State) -> tuple[State, State]:
    """The state of a rule itself, and that of the rule inside it."""
    if not isinstance(rule, Wrapper):
        return state, ()
    return state if "init" in rule.arguments else ((), state)

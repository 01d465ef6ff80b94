"""Whether a rule that finds its own rate still has the first one, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ..types import State
from .leaves import Leaves, widened
from .offers import chosen, described
from .partition import Partition
from .precision import widened_state
from .rule import Leaf, Rule
from .state import of_leaves
from .wrapper import Wrapper

NO_GRADIENT = "all gradients were 0 so far, or lr was"
NO_MOVE = (
    "no parameter has moved, since first steps so short are lost in rounding: give a larger {}, or "
    "keep the parameters in a wider dtype"
)
BELOW = "what the gradients say of the distance is below it: give a smaller {}"


def finds_its_rate(rule: Rule) -> bool:
    """Whether a rule, or one inside it, can tell that its rate is the first one still."""
    return hasattr(rule, "stuck") or any(map(finds_its_rate, rule.inside()))


class Stuck(NamedTuple):
    """What `Rule.stuck` gives: a rule says it in arrays, so that no engine has to look."""

    start: str
    """what the rate still is"""
    holds: Any
    """whether it is, a scalar"""
    causes: tuple[tuple[Any, str], ...]
    """scalars, and what it means where one is true; the first one counts"""


def stuck(
    rule: Rule, state: State, x: Leaves, t: int, leaf: Iterable[Leaf] | None = None
) -> Iterator[tuple[str, Stuck]]:
    """The rules that find their own rate, by name, and whether they have not.

    Args:
        rule: with its wrappers and parts.
        state: after the step.
        x: the iterate.
        t: the number of the step.
        leaf: what is known of each leaf beside its numbers.
    """
    yield from _stuck(rule, widened_state(state), widened(x), t, described(x, leaf))


def _stuck(rule: Rule, state: Any, x: Leaves, t: int, leaf: Leaves) -> Iterator[tuple[str, Stuck]]:
    if isinstance(rule, Partition):
        for name, at in rule.parts(leaf).items():
            own = of_leaves(state[name], at)
            yield from _stuck(getattr(rule, name), own, chosen(x, at), t, chosen(leaf, at))
    elif isinstance(rule, Wrapper):
        inside = state.rule if "init" in rule.arguments else state
        yield from _stuck(rule.wrapped, inside, x, t, leaf)
    elif hasattr(rule, "stuck"):
        yield rule.name, rule.at(t, x).stuck(state, x)

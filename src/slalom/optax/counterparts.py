"""What a rule and Optax's optimizer of the same update remember, entry by entry."""

from __future__ import annotations

from ..errors import SlalomError
from ..rules import Rule, chain
from ..rules.counterpart import Entry


def entries(rule: Rule) -> list[Entry]:
    """What the two states have in common: all that either remembers, but the count.

    Raises:
        SlalomError: Optax has nothing that remembers the same.
    """
    *wrappers, inner = chain(rule)
    for wrapper in wrappers:
        if "init" in wrapper.arguments:
            raise SlalomError(f"the state of {wrapper.name} has no counterpart in Optax")
    known = [one.entries for one in type(inner).known if one.library == "optax"]
    if not known or not callable(known[0]):
        raise SlalomError(f"the state of {inner.name} has no counterpart in Optax")
    return list(known[0](inner))

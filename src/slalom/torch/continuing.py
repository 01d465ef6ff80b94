"""Rules of which one goes on where another one stopped: with more wrappers around it."""

from __future__ import annotations

from ..errors import SlalomError
from ..rules import Rule, chain, parse, settings
from .groups import form


def continues(saved: str, rule: Rule) -> bool:
    """Whether a rule is a saved one with wrappers that remember nothing, as `clip_norm` is.

    What the saved rule remembers is then all that this one does. A wrapper less would lose its
    numbers.

    Args:
        saved: the text of a rule without its numbers, as groups name it.
        rule: the one that is to go on.
    """
    try:
        before = chain(parse(saved))
    except SlalomError:  # a rule of the user's own
        return False
    left = [_own(link) for link in before]
    for link in chain(rule):
        if left and _own(link) == left[0]:
            del left[0]
        elif "init" in link.arguments:
            return False
    return not left and settings(before[0]).keys() <= settings(rule).keys()


def _own(link: Rule) -> Rule:
    """One link of a chain by itself, without its numbers."""
    bare = link.rebuilt(rule=None) if link.wraps else link
    return form(bare)

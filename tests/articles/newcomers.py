"""Entries that somebody may add to the catalogues one day; none of them may be run."""

from slalom import landscapes, problems, rules
from slalom.landscapes import Landscape, Minimum
from slalom.signals import SIGNALS, Signal

NAME = "newcomer"


def refuse(*_, **__):
    raise AssertionError("an article that is published knows nothing of a newcomer")


class Newcomer:
    """What makes a rule, a wrapper, a schedule or a problem."""

    name = NAME
    __new__ = refuse


ENTRIES = [
    (landscapes.CATALOGUE, Landscape(
        name=NAME, function=refuse, dim=2, domain=((-1, 1), (-1, 1)), start=(1.0, 1.0),
        minima=(Minimum((0.0, 0.0), 0.0, True), Minimum((0.5, 0.5), 1.0, False)),
    )),
    (SIGNALS, Signal(NAME, "refuses", refuse)),
    (problems.PROBLEMS, Newcomer),
    (rules.RULES, Newcomer),
    (rules.COMPOSITIONS, Newcomer),
    (rules.WRAPPERS, Newcomer),
    (rules.SCHEDULES, Newcomer),
]  # fmt: skip
"""Catalogues, each with what is added to it."""

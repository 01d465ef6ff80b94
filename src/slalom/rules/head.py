"""What the text of a rule says of the rule inside all wrappers, as it was written."""

from __future__ import annotations

from typing import NamedTuple

from ..scanner import Scanner
from .text import KINDS, read_arguments


class Head(NamedTuple):
    """The innermost part of a rule's text."""

    name: str
    preset: str | None
    positional: int
    """how many arguments have no name"""
    named: frozenset[str]
    """the names of the others"""


def head(text: str) -> Head:
    """The innermost part of the text of a rule.

    Raises:
        TextError: the text is not of the grammar.
    """
    scanner = Scanner(text, KINDS)
    while True:
        name, preset, positional, named = scanner.take().text, None, [], {}
        while scanner.accept(":"):  # of a library, or of a file
            name = scanner.take().text
        if scanner.accept("@"):
            preset = scanner.take().text
        if scanner.accept("("):
            with scanner:
                read_arguments(scanner, positional, named)
        if not scanner.accept("|"):
            return Head(name, preset, len(positional), frozenset(named))

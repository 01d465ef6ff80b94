"""What goes wrong by misuse: one clear line that says what was wrong and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

LISTED = 20  # names, at most, in one message


class SlalomError(ValueError):
    """A misuse of Slalom. Its text is one line; the command line prints it and exits with 2."""


class SlalomTypeError(SlalomError, TypeError):
    """A value of a wrong type, or an argument that there is not, where Python has a TypeError."""


class TextError(SlalomError):
    """A text that does not parse, with the place where reading stopped.

    Attributes:
        text: what was read.
        position: index of the offending character, from 0.
    """

    def __init__(self, problem: str, text: str, position: int):
        self.text, self.position = text, position
        self._problem = problem
        super().__init__(f"{problem} at character {position + 1}: {_point_at(text, position)}")

    def __reduce__(self):
        return TextError, (self._problem, self.text, self.position)


def unknown(kind: str, name: str, known: Iterable[str], also: Iterable[str] = ()) -> str:
    """The line for a name that nothing bears, with the nearest known names.

    Where nothing is near the known names are listed, of many the first few. `also` are names
    that may have been meant too, but are not listed.
    """
    known = sorted(known)
    by_lower = {each.lower(): each for each in [*known, *also]}
    near = difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.5)
    near = [by_lower[each] for each in near]
    listed = known if len(known) <= LISTED else [*known[:LISTED], f"and {len(known) - LISTED} more"]
    hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(listed)}"
    return f"unknown {kind} {clip(name)!r}; {hint}"


def clip(text: str, width: int = 40) -> str:
    """`text`, shortened to `width` characters."""
    return text if len(text) <= width else text[: width - 1] + "…"


def shown(value: Any) -> str:
    """A value in a message, shortened: a text in quotes, so that '1e-3' is not taken for 1e-3."""
    return clip(repr(value) if isinstance(value, str) else str(value))


def described(value: Any) -> str:
    """What a value is, told where another one is needed: `float64 of shape (2,)`, or its class."""
    if not hasattr(value, "shape"):
        return type(value).__name__
    kind = getattr(value, "dtype", "an array")
    if str(kind) == "object" and value.size == 1:  # what NumPy makes of a value that is no number
        kind = type(value.item()).__name__
    return f"{kind} of shape {tuple(value.shape)}"


def _point_at(text: str, position: int, margin: int = 24) -> str:
    """The surroundings of one character on one line, the character marked by »«."""
    before, here, after = text[:position], text[position : position + 1], text[position + 1 :]
    before = before if len(before) <= margin else "…" + before[-margin:]
    after = after if len(after) <= margin else after[:margin] + "…"
    printable = [
        "".join(c if c.isprintable() else "�" for c in part) for part in (before, here, after)
    ]
    return f"{printable[0]}»{printable[1] or 'end'}«{printable[2]}"

"""A text cut into tokens: what the rule parser and the formula parser read from.

Nothing of Python is evaluated; a text that is not of the grammar ends in a `TextError`
that points at the character.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from .characters import DECIMAL_POINT, advice
from .errors import TextError

MAX_LENGTH = 10_000
MAX_DEPTH = 50  # of nested brackets: keeps the recursive parsers far from Python's own limit

NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
NAME = r"[A-Za-z_][A-Za-z0-9_]*"

_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")
_WHOLE_AND_COMMA = re.compile(r"(?<![A-Za-z0-9_.])([0-9]+),\Z")


@dataclass(frozen=True)
class Token:
    """One token: its kind (`number`, `name`, `sign`, `end`, …), its text, where it begins."""

    kind: str
    text: str
    start: int


class Scanner:
    """Reads tokens one by one, with one token of look-ahead.

    Args:
        text: what to read; at most `MAX_LENGTH` characters.
        kinds: kind of token to its regular expression, tried in order.
        elsewhere: for characters that are read elsewhere, what to type here.

    Raises:
        TextError: the text is too long, or a character of it is of no token.
    """

    def __init__(
        self, text: str, kinds: Mapping[str, str], elsewhere: Mapping[str, str] | None = None
    ):
        self.text, self.depth = text, 0
        if len(text) > MAX_LENGTH:
            raise TextError(f"longer than {MAX_LENGTH} characters", text, MAX_LENGTH)
        # all of it at once, so that a mistyped character is told before what it leads to
        self._tokens, self._at = _tokens(text, kinds, elsewhere or {}), 0

    @property
    def token(self) -> Token:
        """The current token."""
        return self._tokens[self._at]

    def take(self) -> Token:
        """The current token; reading moves on."""
        token = self.token
        if token.kind != "end":
            self._at += 1
        return token

    def after(self) -> str:
        """The text of the token behind the current one; nothing moves."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)].text

    def accept(self, *signs: str) -> Token | None:
        """The current token if it is one of `signs`, else None and nothing moves."""
        return self.take() if self.token.kind == "sign" and self.token.text in signs else None

    def expect(self, sign: str) -> Token:
        """The current token, which must be `sign`."""
        return self.accept(sign) or self.fail(f"expected {sign!r}")

    def refuse_decimal_comma(self, token: Token) -> None:
        """Raise a `TextError` where a number may be the second half of one, as in `0,1`."""
        whole = _WHOLE_AND_COMMA.search(self.text, 0, token.start)
        if whole and token.kind == "number" and token.text.isdigit():
            first = whole[1]
            both = f"write {first}.{token.text}, or '{first}, {token.text}' for two numbers,"
            raise TextError(f"{DECIMAL_POINT}: {both}", self.text, whole.start(1))

    def fail(self, problem: str, token: Token | None = None) -> NoReturn:
        """Raise a `TextError` at `token` (default: the current one)."""
        at = (token or self.token).start
        if any(comma.start() in (at, at - 1) for comma in _COMMA.finditer(self.text)):
            problem += f" ({DECIMAL_POINT})"
        raise TextError(problem, self.text, at)

    def __enter__(self) -> Scanner:
        """One level of brackets deeper."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"nested deeper than {MAX_DEPTH} levels")
        return self

    def __exit__(self, *_) -> None:
        self.depth -= 1


def _tokens(text: str, kinds: Mapping[str, str], elsewhere: Mapping[str, str]) -> list[Token]:
    """All tokens of a text, the last of kind `end`."""
    groups = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items())
    pattern = re.compile(rf"[ \t\n]*(?:{groups}|(?P<end>\Z))")
    found: list[Token] = []
    position = 0
    while not (found and found[-1].kind == "end"):
        match = pattern.match(text, position)
        if match is None:
            blank = len(text[position:]) - len(text[position:].lstrip(" \t\n"))
            at = position + blank
            told = elsewhere.get(text[at]) or advice(text[at]) or "unexpected character"
            raise TextError(told, text, at)
        kind = match.lastgroup or "end"
        found.append(Token(kind, match[kind], match.start(kind)))
        position = match.end()
    return found

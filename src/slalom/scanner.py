"""A text cut into tokens: what the rule parser and the formula parser read from.

Nothing of Python is evaluated; a text that is not of the grammar ends in a `TextError`
that points at the character.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import TextError

MAX_LENGTH = 10_000
MAX_DEPTH = 50  # of nested brackets: keeps the recursive parsers far from Python's own limit

NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
NAME = r"[A-Za-z_][A-Za-z0-9_]*"


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

    Raises:
        TextError: the text is too long.
    """

    def __init__(self, text: str, kinds: dict[str, str]):
        self.text, self.depth = text, 0
        if len(text) > MAX_LENGTH:
            raise TextError(f"longer than {MAX_LENGTH} characters", text, MAX_LENGTH)
        groups = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items())
        self._pattern = re.compile(rf"[ \t\n]*(?:{groups}|(?P<end>\Z))")
        self.token = self._read(0)

    def _read(self, position: int) -> Token:
        match = self._pattern.match(self.text, position)
        if match is None:
            blank = len(self.text[position:]) - len(self.text[position:].lstrip(" \t\n"))
            raise TextError("unexpected character", self.text, position + blank)
        kind = match.lastgroup or "end"
        return Token(kind, match[kind], match.start(kind))

    def take(self) -> Token:
        """The current token; reading moves on."""
        token = self.token
        if token.kind != "end":
            self.token = self._read(token.start + len(token.text))
        return token

    def after(self) -> str:
        """The text of the token behind the current one; nothing moves."""
        return self._read(self.token.start + len(self.token.text)).text

    def accept(self, *signs: str) -> Token | None:
        """The current token if it is one of `signs`, else None and nothing moves."""
        return self.take() if self.token.kind == "sign" and self.token.text in signs else None

    def expect(self, sign: str) -> Token:
        """The current token, which must be `sign`."""
        return self.accept(sign) or self.fail(f"expected {sign!r}")

    def fail(self, problem: str, token: Token | None = None):
        """Raise a `TextError` at `token` (default: the current one)."""
        raise TextError(problem, self.text, (token or self.token).start)

    def __enter__(self) -> Scanner:
        """One level of brackets deeper."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"nested deeper than {MAX_DEPTH} levels")
        return self

    def __exit__(self, *_) -> None:
        self.depth -= 1

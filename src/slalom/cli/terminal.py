"""What the terminal shows: results on standard output, messages and progress on standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

WIDE = 10_000  # characters: what is not read on a screen is not wrapped
SHORT = 22  # characters


def show(*things: RenderableType) -> None:
    """Print tables and texts on standard output."""
    narrow = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(width=None if narrow else WIDE, highlight=False, markup=False)
    for thing in things:
        console.print(thing, soft_wrap=False)
    sys.stdout.flush()


def show_json(value: Any) -> None:
    """Print one JSON value on one line of standard output."""
    sys.stdout.write(json.dumps(value, allow_nan=False) + "\n")
    sys.stdout.flush()


def answer(plain: Any, as_json: bool, shown: Callable[[], None]) -> None:
    """Print a result: as JSON, or as `shown` shows it."""
    show_json(plain) if as_json else shown()


def table(headings: Sequence[str] | None, rows: Sequence[Sequence[Any]]) -> Table:
    """A table without lines; long cells wrap at their spaces, and lose nothing.

    Args:
        headings: of the columns; None for a table without.
        rows: cells, of which numbers and short words, up to `SHORT` characters, never wrap.
    """
    made = Table(
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="bold",
        show_header=headings is not None,
    )
    for column, cells in enumerate(zip(*rows, strict=True)):
        short = max(len(str(cell)) for cell in cells) <= SHORT
        heading = headings[column] if headings else ""
        made.add_column(heading, no_wrap=short, overflow="fold")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return made


def heading(text: str) -> Text:
    """A text that stands out."""
    return Text(text, style="bold")


def chip(place: int, colour: str | None) -> Text:
    """The number of a place, on a ground of this colour."""
    return Text(f" {place} ", style=f"bold white on {colour}" if colour else "")


def number(value: float) -> str:
    """A number to five digits, for people."""
    return f"{value:.5g}"


def point(coordinates: Sequence[float], most: int = 4) -> str:
    """A position to four digits, for people; of many coordinates the first few."""
    shown = [f"{v:.4g}" for v in coordinates[:most]]
    return f"({', '.join([*shown, '…'] if len(coordinates) > most else shown)})"


class Messages:
    """Messages and progress on standard error; none at all where `quiet`."""

    def __init__(self, quiet: bool):
        self._console = Console(stderr=True, quiet=quiet, highlight=False, markup=False)
        self._live = self._console.is_terminal and not quiet

    def say(self, text: str) -> None:
        """Print one line."""
        self._console.print(text, soft_wrap=True)

    @contextlib.contextmanager
    def busy(self, text: str) -> Iterator[None]:
        """Show that something is going on."""
        with self._console.status(text) if self._live else contextlib.nullcontext():
            yield

    @contextlib.contextmanager
    def progress(self, text: str) -> Iterator[Callable[[int, int], None]]:
        """A bar, moved by calling what it gives with how much is done of how much."""
        from rich.progress import Progress

        with Progress(console=self._console, transient=True, disable=not self._live) as bar:
            task = bar.add_task(text, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

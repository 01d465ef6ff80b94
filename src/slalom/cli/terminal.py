"""What the terminal shows: results on standard output, messages and progress on standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from ..digits import Margin, shown
from ..shutdown import Cleanup

WIDE = 10_000  # characters: what is not read on a screen is not wrapped
GAP = 2  # characters between columns


def show(*things: RenderableType) -> None:
    """Print tables and texts on standard output."""
    console = Console(width=_width(), highlight=False, markup=False)
    for thing in things:
        # a table has its widths; where a word alone is wider than the screen, so is its line
        is_table = isinstance(thing, Table)
        console.print(thing, width=WIDE if is_table else None, crop=not is_table)
    sys.stdout.flush()


def _width() -> int:
    on_screen = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console().width if on_screen else WIDE


def show_json(value: Any) -> None:
    """Print one JSON value on one line of standard output."""
    sys.stdout.write(json.dumps(value, allow_nan=False) + "\n")
    sys.stdout.flush()


def answer(plain: Any, as_json: bool, shown: Callable[[], None]) -> None:
    """Print a result: as JSON, or as `shown` shows it."""
    show_json(plain) if as_json else shown()


def table(
    headings: Sequence[str] | None, rows: Sequence[Sequence[Any]], spare: Sequence[str] = ()
) -> Table:
    """A table without lines, whose cells wrap between words where the screen is narrow.

    No word is broken. Where the words do not fit beside each other, columns are left out, and
    named below the table.

    Args:
        headings: of the columns; None for a table without, which keeps all of them.
        rows: the cells.
        spare: headings of the columns to leave out first, the first of them first; after them
            goes the last column that is left. One always stays, and those without a heading.
    """
    hidden: list[str] = []
    if headings is not None:
        order = [*spare, *(name for name in reversed(headings) if name and name not in spare)]
        for name in order[:-1]:
            if _fits(_columns([headings, *rows])):
                break
            place = headings.index(name)
            headings, *rows = [(*r[:place], *r[place + 1 :]) for r in (headings, *rows)]
            hidden.append(name)
    lines = rows if headings is None else [headings, *rows]
    made = Table(
        caption=_left_out(hidden),
        caption_justify="left",
        caption_style="",
        box=None,
        pad_edge=False,
        padding=(0, GAP, 0, 0),
        header_style="bold",
        show_header=headings is not None,
    )
    columns = _columns(lines)
    for column, width in zip(columns, _fitted(columns), strict=True):
        made.add_column(column[0] if headings else "", overflow="fold", width=width)
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return made


def _left_out(headings: Sequence[str]) -> str | None:
    return f"not shown, for want of width: {', '.join(headings)}; see --json" if headings else None


def _columns(lines: Sequence[Sequence[Any]]) -> list[list[str]]:
    return [[str(cell) for cell in cells] for cells in zip(*lines, strict=True)]


def _room(columns: Sequence[Sequence[str]]) -> int:
    """The width that is left for the cells of a line."""
    return _width() - GAP * (len(columns) - 1)


def _words(columns: Sequence[Sequence[str]]) -> list[int]:
    """The width of the widest word of each column."""
    return [max(cell_len(w) for cell in column for w in cell.split(" ")) for column in columns]


def _fits(columns: Sequence[Sequence[str]]) -> bool:
    """Whether no word has to be broken."""
    return sum(_words(columns)) <= _room(columns)


def _fitted(columns: Sequence[Sequence[str]]) -> list[int]:
    """Widths of columns that fit on the screen together, if no word has to be broken for it."""
    widths = [max(map(cell_len, column)) for column in columns]
    words, room = _words(columns), _room(columns)
    while sum(widths) > room:
        slack = [width - word for width, word in zip(widths, words, strict=True)]
        if not any(slack):
            break
        widths[slack.index(max(slack))] -= 1
    return widths


def heading(text: str) -> Text:
    """A text that stands out."""
    return Text(text, style="bold")


def placed(place: int, colour: str | None) -> Text:
    """The number of a place, after a dot of this colour."""
    return Text.assemble(("●", colour), str(place)) if colour else Text(str(place))


def number(value: float, margin: Margin | None = None) -> str:
    """A number to five digits, for people, or to as many as hold."""
    return shown(value, 5, margin)


def point(
    coordinates: Sequence[float], most: int = 4, margins: Sequence[Margin] | None = None
) -> str:
    """A position to four digits, or as many as hold, for people; of many coordinates the first."""
    known = margins or [None] * len(coordinates)
    parts = [shown(v, 4, margin) for v, margin in zip(coordinates, known, strict=True)]
    return f"({', '.join([*parts[:most], '…'] if len(parts) > most else parts)})"


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
        if not self._live:
            yield
            return
        shown = self._console.status(text)
        with Cleanup(shown.stop), shown:
            yield

    @contextlib.contextmanager
    def progress(self, text: str) -> Iterator[Callable[[int, int], None]]:
        """A bar, moved by calling what it gives with how much is done of how much."""
        from rich.progress import Progress

        bar = Progress(console=self._console, transient=True, disable=not self._live)
        with Cleanup(bar.stop), bar:
            task = bar.add_task(text, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

"""The page of a picture: title above, panels in the middle, the legend below; all in inches.

Matplotlib's own layouts shrink panels or let long legends run out of the figure. Here the
legend is measured first, and the page grows with it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ..errors import SlalomError

INK, PALE = "#222222", "#6b6b6b"
FAMILY = "DejaVu Sans"
TEXT, SMALL, TITLE = 9.0, 8.0, 14.0  # points
MARGIN = 0.3
WIDTH, DPI = 11.0, 150.0
NARROW = 3.5  # a legend's first column is at least so wide, or the only one
LINE = 0.19  # a line of text of size TEXT
HANDLE = 0.45  # of a legend: the handle and the room before the text
BETWEEN, MOST = 0.3, 6  # between the columns of a legend of short texts; so many at most


@dataclass(frozen=True)
class Entry:
    """One row of the legend: a line's look, and what stands in each column."""

    handle: Line2D
    cells: tuple[str, ...]


Rows = tuple[list[Line2D], list[str], int]
"""The handles and labels of a legend, and in how many columns they stand."""


class Page:
    """A figure with a title and a legend, and the room between them.

    Attributes:
        figure: the Matplotlib figure, `WIDTH` inches wide unless told otherwise.
        top: how much of the page, in inches, the title takes.
        bottom: likewise the legend.

    Raises:
        SlalomError: a width that is not 4 to 100 inches.
    """

    def __init__(
        self,
        title: str,
        subtitle: str,
        entries: Sequence[Entry],
        width: float | None = None,
        dpi: float | None = None,
    ):
        self.width = width or WIDTH
        if not 4 <= self.width <= 100:
            raise SlalomError(f"a picture must be 4 to 100 inches wide, got {self.width:g}")
        self.figure = Figure((self.width, self.width), dpi or DPI, facecolor="white")
        FigureCanvasAgg(self.figure)
        self._headings(title, subtitle)
        self.legend = self._legend(entries) if entries else None
        self.bottom = MARGIN
        if self.legend is not None:
            self.bottom += self.legend.get_window_extent().height / self.figure.dpi + 0.1

    @property
    def room(self) -> float:
        """The width between the margins, in inches."""
        return self.width - 2 * MARGIN

    def set_height(self, height: float) -> None:
        """Give the page its height, in inches; the headings go to its top."""
        self.height = height
        self.figure.set_size_inches(self.width, height)
        for text, above in self._texts:
            text.set_y(1 - above / height)

    def panel(self, left: float, bottom: float, width: float, height: float, **kind) -> Axes:
        """Axes at a place in inches from the lower left corner of the page."""
        box = (
            left / self.width,
            bottom / self.height,
            width / self.width,
            height / self.height,
        )
        return self.figure.add_axes(box, **kind)

    def width_of(self, text: str, size: float = TEXT) -> float:
        """The width of one line of text, in inches."""
        font = FontProperties(family=FAMILY, size=size)
        renderer = self.figure.canvas.get_renderer()  # pyright: ignore[reportAttributeAccessIssue]
        return renderer.get_text_width_height_descent(text, font, False)[0] / self.figure.dpi

    def wrapped(self, text: str, width: float, size: float = TEXT, indent: str = "") -> str:
        """The text in lines of at most `width` inches."""
        lines, characters = [text], len(text)
        while (widest := max(self.width_of(line, size) for line in lines)) > width:
            characters = max(8, min(characters - 1, int(characters * width / widest) + 4))
            lines = textwrap.wrap(
                text, characters, subsequent_indent=indent, break_on_hyphens=False
            )
            if characters == 8:
                break
        return "\n".join(lines)

    def _headings(self, title: str, subtitle: str) -> None:
        self._texts = []
        self.top = 0.22
        for text, size, colour, step in (
            (title, TITLE, INK, 0.30),
            (subtitle, TEXT, PALE, LINE),
        ):
            if text:
                lines = self.wrapped(text, self.room, size)
                artist = self.figure.text(
                    MARGIN / self.width,
                    1,
                    lines,
                    size=size,
                    color=colour,
                    family=FAMILY,
                    va="top",
                    linespacing=1.25,
                    parse_math=False,
                )
                self._texts.append((artist, self.top))
                self.top += step * (lines.count("\n") + 1)
        self.top += 0.06

    def _legend(self, entries: Sequence[Entry]) -> Legend:
        """The entries at the foot of the page: a table, or short ones side by side."""
        handles, labels, columns = (
            self._side_by_side(entries)
            if all(len(entry.cells) == 1 for entry in entries)
            else self._table(entries)
        )
        legend = self.figure.legend(
            handles,
            labels,
            loc="lower left",
            bbox_to_anchor=(MARGIN, MARGIN * 0.6),
            bbox_transform=self.figure.dpi_scale_trans,
            ncols=columns,
            frameon=False,
            borderpad=0,
            borderaxespad=0,
            labelspacing=0.45,
            handlelength=0.32 * 72 / TEXT,
            handletextpad=0.13 * 72 / TEXT,
            columnspacing=0 if len(entries[0].cells) > 1 else BETWEEN * 72 / TEXT,
            alignment="left",
            prop={"family": FAMILY, "size": TEXT},
            labelcolor=INK,
        )
        for text in legend.get_texts():
            text.set_parse_math(False)
        return legend

    def _table(self, entries: Sequence[Entry]) -> Rows:
        """One row a rule: handle and text, then the rest."""
        handle = HANDLE
        others = [
            max(self.width_of(cell) for cell in column) + handle + 0.25
            for column in list(zip(*(e.cells for e in entries), strict=True))[1:]
        ]
        width = self.room - handle - sum(others)
        rows = [(self.wrapped(e.cells[0], width, indent="    "), *e.cells[1:]) for e in entries]
        if width < NARROW:  # all in one column, the rest beneath the first cell
            width = self.room - handle
            texts = [(e.cells[0], "    " + ", ".join(c for c in e.cells[1:] if c)) for e in entries]
            rows = [
                ("\n".join(self.wrapped(t, width, indent="    ") for t in pair if t.strip()),)
                for pair in texts
            ]
        handles, labels = [], []
        for column in range(len(rows[0])):
            for entry, row in zip(entries, rows, strict=True):
                # as many lines as the first cell, so that rows stay level
                labels.append(row[column] + "\n" * (row[0].count("\n") if column else 0))
                handles.append(Line2D([], [], linestyle="none") if column else entry.handle)
        return handles, labels, len(rows[0])

    def _side_by_side(self, entries: Sequence[Entry]) -> Rows:
        """Entries of one cell in as many columns as there is room for, read downwards."""
        widest = max(self.width_of(entry.cells[0]) for entry in entries)
        columns = int((self.room + BETWEEN) / (HANDLE + widest + BETWEEN))
        columns = max(1, min(columns, MOST, len(entries)))
        texts = [self.wrapped(e.cells[0], self.room - HANDLE, indent="    ") for e in entries]
        return [entry.handle for entry in entries], texts, columns


def plain(axes: Axes, xlabel: str, ylabel: str) -> Axes:
    """Axes in the house's typography: quiet, without the upper and right frame."""
    axes.set_facecolor("white")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color="#e8e8e8", linewidth=0.7)
    axes.set_axisbelow(True)
    lettered(axes, xlabel, ylabel)
    return axes


def lettered(axes: Axes, xlabel: str, ylabel: str) -> None:
    """Labels and ticks in the house's typography."""
    for spine in axes.spines.values():
        spine.set(color="#9a9a9a", linewidth=0.8)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axis.get_offset_text().set(color=PALE, size=SMALL, family=FAMILY)
    axes.tick_params(colors=PALE, labelsize=SMALL, labelfontfamily=FAMILY, width=0.8, length=3)
    font = {"size": TEXT, "color": INK, "family": FAMILY, "parse_math": False}
    axes.set_xlabel(xlabel, **font)
    axes.set_ylabel(ylabel, **font)


def key(axes: Axes, lines: Sequence[Line2D]) -> None:
    """A row of symbols and their labels above the axes, which have their limits."""
    axes.legend(
        handles=list(lines),
        loc="lower left",
        bbox_to_anchor=(_width_of_factor(axes), 1),
        ncols=len(lines),
        frameon=False,
        borderaxespad=0.9,
        borderpad=0,
        handlelength=1,
        handletextpad=0.4,
        columnspacing=1.2,
        prop={"family": FAMILY, "size": SMALL},
        labelcolor=PALE,
    )


def _width_of_factor(axes: Axes) -> float:
    """The share of the axes' width that a factor of the ticks, `1e-12`, takes above the axes."""
    axis = axes.yaxis
    formatter = axis.get_major_formatter()
    formatter.set_locs(list(axis.get_majorticklocs()))
    factor = formatter.get_offset()
    if not factor:
        return 0.0
    text = axes.text(0, 0, factor, size=SMALL, family=FAMILY)
    width = text.get_window_extent().width
    text.remove()
    return width / axes.get_window_extent().width

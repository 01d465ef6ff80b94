"""Pictures in files and in memory."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from .. import atomic
from ..errors import SlalomError
from .drawing import draw
from .glyphs import boxes_for_missing

KINDS = (".png", ".svg", ".pdf", ".webp")


def save(thing: Any, path: str | Path) -> None:
    """Write a picture to `path`, whole or not at all; the ending tells the format.

    Args:
        thing: a figure, or whatever `draw` makes one of.
        path: a file ending in .png, .svg, .pdf or .webp.

    Raises:
        SlalomError: another ending, a place that cannot be written to, or something that has
            no picture.
    """
    kind = checked_ending(path, KINDS, "a picture")
    figure = thing if isinstance(thing, Figure) else draw(thing)
    atomic.check_writable(path)
    atomic.write(path, _encoded(figure, kind, _metadata(figure, kind)))


def png(thing: Any) -> bytes:
    """The default picture of whatever `draw` can draw as PNG, for notebooks."""
    return _encoded(draw(thing, dpi=110), "png")


def checked_ending(path: str | Path, kinds: tuple[str, ...], what: str) -> str:
    """The format that the ending of `path` tells, without its dot, in lower case.

    Raises:
        SlalomError: not one of `kinds`.
    """
    kind = Path(path).suffix.lower()
    if kind not in kinds:
        allowed = f"{', '.join(kinds[:-1])} or {kinds[-1]}"
        raise SlalomError(f"the file of {what} must end in {allowed}, got {str(path)!r}")
    return kind[1:]


@boxes_for_missing()
def _encoded(figure: Figure, kind: str, metadata: Any = None) -> bytes:
    made = io.BytesIO()
    figure.savefig(made, format=kind, dpi=figure.dpi, metadata=metadata)
    return made.getvalue()


def _metadata(figure: Figure, kind: str) -> dict[str, str | None] | None:
    title = figure.texts[0].get_text() if figure.texts else ""
    return {
        "png": {"Title": title, "Software": "Slalom"},
        "svg": {"Title": title, "Creator": "Slalom", "Date": None},
        "pdf": {"Title": title, "Creator": "Slalom", "CreationDate": None},
        "webp": None,
    }[kind]

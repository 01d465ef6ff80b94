"""Files that a command writes: their kinds by ending, checked before the work begins."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import atomic
from ..errors import SlalomError
from ..files import expanded
from .terminal import Messages

ENDINGS = {
    "summary": (".json",),
    "data": (".nc", ".zarr"),
    "picture": (".png", ".svg", ".pdf"),
    "animation": (".mp4", ".gif", ".webp"),
}
"""Kind of output to its endings, in the order in which they are written: quick ones first."""


@dataclass(frozen=True)
class Output:
    """A file to write."""

    path: Path
    kind: str


def outputs(paths: Sequence[str], kinds: Sequence[str]) -> list[Output]:
    """The files to write, of these kinds.

    Raises:
        SlalomError: an ending of none of them, one file twice, or one that cannot be written.
    """
    endings = {ending: kind for kind in kinds for ending in ENDINGS[kind]}
    found: dict[Path, Output] = {}
    for text in paths:
        path = expanded(text)
        if path.suffix not in endings:
            raise SlalomError(f"--out {text}: its ending must be one of {', '.join(endings)}")
        atomic.check_writable(path)
        if path.resolve() in found:
            raise SlalomError(f"--out {text} is given twice")
        found[path.resolve()] = Output(path, endings[path.suffix])
    return sorted(found.values(), key=lambda output: list(ENDINGS).index(output.kind))


def write(
    result: Any, outputs: Sequence[Output], messages: Messages, view: str = "contour"
) -> None:
    """Write a result to each file, and say so; `view` is of pictures."""
    for output in outputs:
        _write(result, output, messages, view)
        messages.say(f"wrote {output.path}")


def _write(result: Any, output: Output, messages: Messages, view: str) -> None:
    path = output.path
    if output.kind == "summary":
        atomic.write(path, json.dumps(result.summary(), allow_nan=False) + "\n")
        return
    if output.kind == "data":
        result.save(path)
        return
    from .. import pictures

    if output.kind == "picture":
        with messages.busy(f"drawing {path}"):
            pictures.save(pictures.draw(result, view=view), path)
    else:
        with messages.progress(f"drawing {path}") as moved:
            pictures.animate(result, path, progress=moved)

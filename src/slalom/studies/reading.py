"""Reading what a study saved, whichever study it was."""

from __future__ import annotations

from pathlib import Path

from ..errors import SlalomError
from . import storage
from .race import Race
from .response import Response


def load(path: str | Path) -> Race | Response:
    """The race or response that its `save` wrote to a `.nc` or `.zarr` file.

    Raises:
        SlalomError: there is no such file, or it holds neither.
    """
    data = storage.load(path)
    for kind in (Race, Response):
        if kind.is_in(data):
            return kind.of(data)
    raise SlalomError(f"{path} holds neither a race nor a response")

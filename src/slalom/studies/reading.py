"""Reading what a study saved, whichever study it was."""

from __future__ import annotations

from pathlib import Path

from ..errors import SlalomError
from . import storage
from .chart import Chart
from .diff import Diff
from .maps import KINDS, Map
from .race import Race
from .response import Response


def load(path: str | Path) -> Race | Response | Chart | Diff | Map:
    """What its `save` wrote to a `.nc` or `.zarr` file: race, response, chart, diff or map.

    Raises:
        SlalomError: there is no such file, or it holds none of them.
    """
    data = storage.load(path)
    for kind in (Race, Response, Chart, Diff, *KINDS):
        if kind.is_in(data):
            return kind.of(data)
    raise SlalomError(f"{path} holds no race, response, chart, comparison or map")

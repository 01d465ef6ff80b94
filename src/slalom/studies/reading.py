"""Reading what a result saved, whichever kind it is of."""

from __future__ import annotations

from pathlib import Path

from ..errors import SlalomError
from . import storage
from .chart import Chart
from .diff import Diff
from .maps import Basins, Critical, Sensitivity, Stability
from .race import Race
from .response import Response
from .result import LAYOUT, Result

KINDS: dict[str, type[Result]] = {
    result.kind: result
    for result in (Race, Response, Chart, Diff, Basins, Sensitivity, Stability, Critical)
}


def load(path: str | Path) -> Result:
    """What its `save` wrote to a `.nc` or `.zarr` file: race, response, chart, diff or map.

    Raises:
        SlalomError: there is no such file, or it holds none of them, or an earlier version of
            Slalom saved it in a way that this one does not read.
    """
    saved = storage.load(path)
    kind = KINDS.get(str(saved.attrs.pop("kind", "")))
    if kind is None or saved.attrs.pop("layout", None) != LAYOUT:
        raise SlalomError(
            f"{path} holds no race, response, chart, diff or map as this version of Slalom saves "
            "them; if another version saved it, run and save it again with this one"
        )
    return kind.unpacked(saved)

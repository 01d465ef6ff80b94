"""What all maps have in common: labelled data of a kind, saved and read without loss."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from ... import landscapes
from ...errors import SlalomError
from ...landscapes import Landscape
from .. import storage
from ..labelled import Shown

Progress = Callable[[int, int], None]
LARGEST = 100_000  # points along an axis


@dataclass(frozen=True, eq=False)
class Map(Shown):
    """A map over a landscape or over hyperparameters.

    Attributes:
        data: its variables; see the kind of map. `data.attrs` has what was run.
        landscape: what it was run on.
    """

    kind: ClassVar[str] = ""

    data: xr.Dataset
    landscape: Landscape

    def save(self, path: str | Path) -> None:
        """Write the map to a NetCDF (`.nc`) or Zarr (`.zarr`) file, without loss.

        Raises:
            SlalomError: another ending, or a place that cannot be written to.
        """
        facts = {"map": self.kind, "domain": json.dumps(self.landscape.domain)}
        storage.save(self.data.assign_attrs(facts), path)

    @classmethod
    def is_in(cls, saved: xr.Dataset) -> bool:
        """Whether a dataset read from a file is a map of this kind."""
        return saved.attrs.get("map") == cls.kind

    @classmethod
    def of(cls, saved: xr.Dataset) -> Any:
        """The map that `save` wrote; a landscape of the user's own file is run again."""
        del saved.attrs["map"]
        domain = json.loads(saved.attrs.pop("domain"))
        return cls(saved, landscapes.find(saved.attrs["landscape"], domain))

    def summary(self) -> dict[str, Any]:
        """What the map says in a few numbers, as plain values for JSON."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.landscape.name}>"


def found_landscape(landscape: Landscape | str) -> Landscape:
    """The landscape, or the one of this name.

    Raises:
        SlalomError: there is none, or it is something else.
    """
    found = landscapes.find(landscape) if isinstance(landscape, str) else landscape
    if not isinstance(found, Landscape):
        raise SlalomError(f"a map is of a landscape, not of {type(found).__name__}")
    return found


def checked_size(size: int, rows: int, bytes_each: int) -> int:
    """The number of points along an axis, if the map of `rows` × size points fits in memory.

    Args:
        size: points along the axis.
        rows: points across it, of all maps together.
        bytes_each: what is kept of one point.

    Raises:
        SlalomError: it does not, or the size is not 2 to 100,000.
    """
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 2:
        raise SlalomError(f"size is a whole number of 2 or more points an axis, not {size}")
    if size > LARGEST:
        raise SlalomError(f"size is at most {LARGEST:,} points an axis, not {size:,}")
    needed, free = size * rows * bytes_each, _free_memory()
    if needed > free:
        raise SlalomError(
            f"a map of {rows:,} × {size:,} points keeps {needed / 2**30:.3g} GiB, and "
            f"{free / 2**30:.3g} GiB of memory are free: choose a smaller size"
        )
    return int(size)


def _free_memory() -> int:
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # no such question on this system
        return 2**33

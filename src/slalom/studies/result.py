"""What an experiment found: labelled data with a summary, a picture and a file."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import xarray as xr

from ..landscapes import Landscape
from . import storage
from .labelled import Displayable
from .saved_landscape import split_landscape, surface_of, with_landscape

LAYOUT = 1
"""The number of the layout of saved results; it grows when older files can no longer be read."""


@dataclass(frozen=True, eq=False, repr=False)
class Result(Displayable, ABC):
    """Labelled data of one kind, which can be drawn, summed up, saved and loaded.

    Attributes:
        data: variables with named dimensions and coordinates; `data.attrs` tells what was run.
    """

    kind: ClassVar[str]
    """By which a file tells `load` what it holds."""

    data: xr.Dataset

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """What was found in a few plain values for JSON; a number that is not finite is None."""

    def save(self, path: str | Path) -> None:
        """Write everything to a NetCDF (`.nc`) or Zarr (`.zarr`) file, without loss.

        Raises:
            SlalomError: another ending, or a place that cannot be written to.
        """
        storage.save(self.packed().assign_attrs(kind=self.kind, layout=LAYOUT), path)

    def packed(self) -> xr.Dataset:
        """All that a file holds of it, as one dataset."""
        return self.data

    @classmethod
    def unpacked(cls, saved: xr.Dataset) -> Self:
        """The result that `packed` made a dataset of."""
        return cls(saved)


@dataclass(frozen=True, eq=False, repr=False)
class LandscapeResult(Result):
    """A result of runs on a landscape, which is saved with it.

    A landscape of one's own, or of a file of Python, comes back without its function: it can be
    drawn, but nothing can run on it. Loading runs no file.

    Attributes:
        landscape: what the runs were on.
    """

    landscape: Landscape
    saved_surface: xr.DataArray | None = None
    """The heights that a file held; None where the landscape itself can tell them."""

    @functools.cached_property
    def surface(self) -> xr.DataArray:
        """The heights of the landscape over its domain, which pictures draw as contours.

        Raises:
            SlalomError: the landscape has more than two dimensions.
        """
        return surface_of(self.landscape) if self.saved_surface is None else self.saved_surface

    def packed(self) -> xr.Dataset:
        surface = self.surface if self.landscape.dim <= 2 else None
        return with_landscape(self.data, self.landscape, surface)

    @classmethod
    def unpacked(cls, saved: xr.Dataset) -> Self:
        return cls(*split_landscape(saved))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.landscape.name}>"

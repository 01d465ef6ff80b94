"""What a file keeps of a landscape, so that a saved result can be drawn again."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
from typing import Any

import xarray as xr

from .. import landscapes
from ..errors import SlalomError
from ..landscapes import Landscape, Minimum

_FUNCTION = ("name", "dim", "formula", "source")  # alike: the same function
_DRAWN = ("domain", "start", "steps", "levels", "log_levels", "filled", "axes")
_KEY, _SURFACE = "landscape_facts", "surface"


def surface_of(landscape: Landscape) -> xr.DataArray:
    """The heights of a landscape over its domain, labelled by its axes.

    Raises:
        SlalomError: it has more than two dimensions.
    """
    *axes, heights = landscape.mesh()
    names = landscape.axes
    return xr.DataArray(heights, dict(zip(names, axes, strict=True)), names[::-1], _SURFACE)


def with_landscape(
    data: xr.Dataset, landscape: Landscape, surface: xr.DataArray | None
) -> xr.Dataset:
    """The data and, beside them, the facts of their landscape and its heights, to be saved."""
    whole = data.assign_attrs({_KEY: json.dumps(_facts(landscape))})
    if surface is not None:  # its axes under other names, which may be dimensions of the data
        apart = {axis: f"{_SURFACE}.{axis}" for axis in surface.dims}
        whole[_SURFACE] = surface.rename(apart)
    return whole


def split_landscape(saved: xr.Dataset) -> tuple[xr.Dataset, Landscape, xr.DataArray | None]:
    """The data, the landscape and its heights that `with_landscape` put together."""
    landscape = _recalled(json.loads(saved.attrs.pop(_KEY)))
    surface = saved.get(_SURFACE)
    if surface is None:
        return saved, landscape, None
    own = {str(axis): str(axis).removeprefix(f"{_SURFACE}.") for axis in surface.dims}
    return saved.drop_vars([_SURFACE, *own]), landscape, surface.rename(own)


def _facts(landscape: Landscape) -> dict[str, Any]:
    """What a picture needs to know of a landscape beside its heights, as JSON has it."""
    facts = {name: getattr(landscape, name) for name in (*_FUNCTION, *_DRAWN)}
    facts["minima"] = [dataclasses.astuple(m) for m in landscape.minima]
    return json.loads(json.dumps(facts))


def _recalled(facts: dict[str, Any]) -> Landscape:
    """The landscape of these facts: with its function where the catalogue or a formula has it.

    A file of Python is not run, and a landscape of somebody's own has no function here: it can
    be drawn.
    """
    minima = tuple(Minimum(tuple(p), value, best) for p, value, best in facts["minima"])
    drawn: dict[str, Any] = {"minima": minima}
    drawn |= {k: tuple(v) if isinstance(v := facts[k], list) else v for k in _DRAWN}
    if found := _found(facts):
        return found if _facts(found) == facts else dataclasses.replace(found, **drawn)
    missing = functools.partial(_missing, facts["name"])
    return Landscape(function=missing, **{k: facts[k] for k in _FUNCTION}, **drawn)


def _missing(name: str, p: Any) -> Any:
    raise SlalomError(
        f"this landscape was loaded from a file, which has no function of {name}: "
        "it can be drawn, but nothing can run on it"
    )


def _found(facts: dict[str, Any]) -> Landscape | None:
    """The landscape of the catalogue, or of a formula, that these facts are of."""
    if ".py:" in facts["name"]:
        return None
    with contextlib.suppress(SlalomError):  # of a landscape that has no name here
        found = landscapes.find(facts["name"], facts["domain"])
        if all(getattr(found, name) == facts[name] for name in _FUNCTION):
            return found
    return None

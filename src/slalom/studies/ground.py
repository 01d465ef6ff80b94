"""What a saved study keeps of its landscape, so that it can be drawn again."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import xarray as xr

from .. import landscapes
from ..errors import SlalomError
from ..landscapes import Landscape, Minimum

_KEPT = ("name", "dim", "domain", "start", "steps", "levels", "log_levels", "filled", "axes")


def grounded(data: xr.Dataset, key: str, ground: Landscape, surface: Callable) -> xr.Dataset:
    """The data with their landscape beside them, its facts under `key`, to be saved."""
    whole = data.assign_attrs({key: json.dumps(_facts(ground))})
    if ground.dim <= 2:
        whole["surface"] = surface()
    return whole


def ungrounded(saved: xr.Dataset, key: str) -> tuple[xr.Dataset, Landscape, xr.DataArray | None]:
    """The data, the landscape and its heights that `grounded` put together."""
    drawn = saved.get("surface")
    names = [] if drawn is None else ["surface", *drawn.dims]
    facts = json.loads(saved.attrs.pop(key))
    return saved.drop_vars(names), _recalled(facts), drawn


def _facts(ground: Landscape) -> dict[str, Any]:
    """What a picture needs to know of a landscape beside its heights, as plain values."""
    facts = {name: getattr(ground, name) for name in (*_KEPT, "formula", "source")}
    return facts | {"minima": [dataclasses.astuple(m) for m in ground.minima]}


def _recalled(facts: dict[str, Any]) -> Landscape:
    """The landscape of these facts: the known one, or one that can be drawn but not run."""
    name = facts["name"]
    if ".py:" not in name:  # a file is not run again
        with contextlib.suppress(SlalomError):  # or a study's own landscape, which has no name here
            return landscapes.find(name, facts["domain"])

    def forgotten(p: Any) -> Any:
        raise SlalomError(f"it was loaded from a file, which has no function of {name}")

    minima = tuple(Minimum(tuple(p), value, best) for p, value, best in facts.pop("minima"))
    tuples: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in facts.items()}
    return Landscape(function=forgotten, minima=minima, **tuples)

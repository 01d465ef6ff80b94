"""What a saved study keeps of its landscape, so that it can be drawn again."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any

from .. import landscapes
from ..errors import SlalomError
from ..landscapes import Landscape, Minimum

_KEPT = ("name", "dim", "domain", "start", "steps", "levels", "log_levels", "filled", "axes")


def facts_of(ground: Landscape) -> dict[str, Any]:
    """What a picture needs to know of a landscape beside its heights, as plain values."""
    facts = {name: getattr(ground, name) for name in (*_KEPT, "formula", "source")}
    return facts | {"minima": [dataclasses.astuple(m) for m in ground.minima]}


def recalled(facts: dict[str, Any]) -> Landscape:
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

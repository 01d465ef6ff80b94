"""Charts: curves over labelled data. A chart says what is drawn against what; it draws nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

import xarray as xr

from .labelled import plain
from .result import Result

Kind = Literal["line", "points", "bars"]


@dataclass(frozen=True)
class Mark:
    """A line across a panel that the eye is to compare with: a theory, a bound, a moment.

    Attributes:
        at: where, in the unit of the axis.
        label: what it is.
        axis: the axis that `at` is on: a mark on `y` is a horizontal line.
    """

    at: float
    label: str
    axis: Literal["x", "y"] = "y"


@dataclass(frozen=True)
class Panel:
    """One panel: a variable against a coordinate, one curve for each entry of a dimension.

    Attributes:
        y: a variable of the data, of dimensions `by` (if any) and that of `x`.
        x: a coordinate, or a variable of the same dimensions as `y`, for curves in a plane.
        by: the dimension whose entries are the curves, told apart by colour and named in the
            legend; None: one curve. Where the data have the coordinate `rule_name` along it,
            curves, or bars, have the colours of these rules.
        kind: a line; points; or bars, for an `x` of names.
        low: a variable shaped like `y`, the lower end of an interval around it; with `high`.
        high: likewise the upper end.
        log: the axes that are logarithmic: "", "x", "y" or "xy".
        xlabel: what the axis says; default: the name of `x`. With its unit.
        ylabel: likewise; default: the name of `y`.
        title: above the panel, where there is more than one.
        marks: lines to compare with.
        equal: a unit is as long on both axes, as for an orbit.
        ground: a variable of two dimensions, with coordinates: heights whose contours are drawn
            beneath, over the coordinate of its last dimension across and of its first upwards.
        listed: whether the legend lists the entries of `by`.
    """

    y: str
    x: str = "step"
    by: str | None = "rule"
    kind: Kind = "line"
    low: str | None = None
    high: str | None = None
    log: str = ""
    xlabel: str | None = None
    ylabel: str | None = None
    title: str = ""
    marks: tuple[Mark, ...] = ()
    equal: bool = False
    ground: str | None = None
    listed: bool = True


@dataclass(frozen=True, eq=False, repr=False)
class Chart(Result):
    """Labelled data, and what to draw of them.

    Attributes:
        data: the variables that the panels name, with their coordinates.
        title: one line.
        panels: from left to right, then downwards.
        numbers: the numbers that the study is about, by a name that says what they are.
    """

    kind = "chart"

    title: str
    panels: tuple[Panel, ...]
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """The title and the numbers as plain values for JSON; not finite ones are None."""
        return {"title": self.title, "numbers": {k: plain(v) for k, v in self.numbers.items()}}

    def packed(self) -> xr.Dataset:
        chart = {
            "title": self.title,
            "panels": [asdict(panel) for panel in self.panels],
            "numbers": self.summary()["numbers"],
        }
        return self.data.assign_attrs(chart=json.dumps(chart))

    @classmethod
    def unpacked(cls, saved: xr.Dataset) -> Self:
        facts = json.loads(saved.attrs.pop("chart"))
        panels = tuple(
            Panel(**{**panel, "marks": tuple(Mark(**mark) for mark in panel["marks"])})
            for panel in facts["panels"]
        )
        return cls(saved, facts["title"], panels, facts["numbers"])

    def __repr__(self) -> str:
        return f"<Chart {self.title!r}>"

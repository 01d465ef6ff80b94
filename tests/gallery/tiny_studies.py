"""The studies of a gallery that is quick to build; a copy of it lies in the test's own folder."""

import os
from pathlib import Path

import numpy as np
import xarray as xr

from slalom.articles.study import Figure, Study
from slalom.studies import Chart, Panel, race
from slalom.studies.maps import basins


def called(name):
    """Note a call, so that a test can count them."""
    if log := os.environ.get("CALLS"):
        with Path(log).open("a") as file:
            file.write(name + "\n")


def line(slope=2.0):
    """A straight line, or an error where the test asks for one."""
    called("line")
    if os.environ.get("BROKEN"):
        raise ValueError("no luck <today>")
    data = xr.Dataset({"height": ("step", slope * np.arange(4.0))}, {"step": np.arange(4)})
    return Chart(data, "A line", (Panel("height", by=None),), {"slope": slope})


def descent(steps=12):
    """A race on a bowl."""
    called("descent")
    return race("bowl", ["adam(lr=0.5)", "momentum(lr=0.05)"], steps=steps)


def starts(size=20):
    """A map of two wells."""
    called("starts")
    return basins("local_minimum", "adam(lr=0.1)", size=size, steps=40)


LINE = Study(
    "S1", "A line & more", ("habr",), "Nothing but a <line>.",
    tuple(
        Figure(f"line-{slope}", f"Slope {slope}", line, {"slope": float(slope)},
               "A line that rises <steeply>.")
        for slope in (1, 2, 3, 4, 5)
    ),
    ("C1", "C99"),
)  # fmt: skip
RACE = Study(
    "S2", "A race", ("habr", "lecture"), "Two rules on a bowl.",
    (Figure("bowl", "On a bowl", descent, {}, "Both arrive.", animated=True, tail=5, fps=10),),
    ("C1",),
)  # fmt: skip
MAP = Study(
    "basins", "Two wells", (), "Where starts lead.",
    (Figure("wells", "Wells", starts, {"size": 16}, "Each start goes to the nearer well."),),
)  # fmt: skip

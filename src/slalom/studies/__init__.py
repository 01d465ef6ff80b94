"""Experiments that compute labelled data; they never draw."""

from .. import random_state  # noqa: F401 (before any import of JAX)
from . import maps
from .chart import Chart, Mark, Panel
from .diff import Diff, diff
from .race import Race, race
from .reading import load
from .response import Response, respond
from .result import Result
from .standing import Standing

__all__ = [
    "Chart",
    "Diff",
    "Mark",
    "Panel",
    "Race",
    "Response",
    "Result",
    "Standing",
    "diff",
    "load",
    "maps",
    "race",
    "respond",
]

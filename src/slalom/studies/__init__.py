"""Experiments that compute labelled data; they never draw."""

from .race import Race, Standing, race
from .reading import load
from .response import Response, respond

__all__ = ["Race", "Response", "Standing", "load", "race", "respond"]

"""Pictures of races, responses and landscapes: they draw what was computed, and compute nothing."""

from .animation import animate
from .drawing import draw
from .saving import png, save

__all__ = ["animate", "draw", "png", "save"]

"""Pictures of races, responses, charts, landscapes and maps: they draw, and compute nothing."""

from .animation import animate
from .drawing import draw
from .saving import png, save

__all__ = ["animate", "draw", "png", "save"]

"""Pictures of races, responses, charts, landscapes and maps: they draw, and compute nothing."""

from ..cache import for_matplotlib

for_matplotlib()  # before anything of it is imported below

from .animation import animate  # noqa: E402
from .drawing import draw  # noqa: E402
from .saving import png, save  # noqa: E402

__all__ = ["animate", "draw", "png", "save"]

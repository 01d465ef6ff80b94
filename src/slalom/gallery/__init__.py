"""The gallery: a static site of the studies, maps and claims; loading it loads nothing heavy."""

from .building import Built, build

__all__ = ["Built", "build"]

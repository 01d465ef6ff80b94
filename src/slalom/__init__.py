"""Slalom: an optimizer laboratory. See, trust, choose and use update rules.

>>> import slalom
>>> race = slalom.race("hills_and_canyon", ["adam(lr=0.25)", "momentum(lr=0.01)"])
>>> slalom.draw(race)

The names are loaded when they are first used; `__init__.pyi` says where each comes from.
"""

from .lazy import attach

__version__ = "0.1.0"
__getattr__, __dir__ = attach(__name__, __file__)

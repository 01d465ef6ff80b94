"""Slalom: an optimizer laboratory. See, trust, choose and use update rules.

>>> import slalom
>>> race = slalom.race("hills_and_canyon", ["adam(lr=0.25)", "momentum(lr=0.01)"])
>>> slalom.draw(race)

The names are loaded when they are first used; `__init__.pyi` says where each comes from.
"""

import lazy_loader

__version__ = "0.1.0"
_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        from .extras import not_installed

        raise not_installed(f"slalom.{name}", error) from None

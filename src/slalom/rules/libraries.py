"""Other libraries' optimizers in the text form: `optax:lion(0.01)`.

A package offers them by an entry point of the group `slalom.libraries`, named as the library:
a function from the name of an optimizer to what makes a rule of it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

from ..errors import SlalomError, unknown
from ..extras import install
from .rule import Rule

GROUP = "slalom.libraries"


def maker(library: str, name: str) -> Callable[..., Rule]:
    """What makes a rule of the optimizer `name` of a library.

    Raises:
        SlalomError: no such library, it is not installed, or it has no such optimizer.
    """
    offers = entry_points(group=GROUP)
    if library not in offers.names:
        raise SlalomError(
            f"{unknown('library', library, offers.names)}; a rule of your own is FILE.py:Name"
        )
    offer = offers[library]
    try:
        find = offer.load()
    except ImportError as error:
        own = offer.module.startswith("slalom.")  # then it is an extra of the library's name
        line = install(library) if own else f"pip install {error.name}"
        raise SlalomError(f"{library}:{name} needs {error.name}: {line}") from error
    return find(name)

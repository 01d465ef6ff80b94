"""Other libraries' optimizers in the text form: `optax:lion(0.01)`.

A package offers them by an entry point of the group `slalom.libraries`, named as the library:
a function from the name of an optimizer to what makes a rule of it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

from ..errors import SlalomError, unknown
from ..extras import install
from .catalogue import COMPOSITIONS, RULES
from .counterpart import PACKAGES
from .presets import counterparts
from .rule import Rule

GROUP = "slalom.libraries"
COMPARED = ("torch", "keras")
"""The libraries whose optimizers, which are no rules, a comparison runs beside rules."""


def maker(library: str, name: str) -> Callable[..., Rule]:
    """What makes a rule of the optimizer `name` of a library.

    Raises:
        SlalomError: no such library, it is not installed, or it has no such optimizer.
    """
    offers = entry_points(group=GROUP)
    if library not in offers.names:
        if library in PACKAGES:
            raise SlalomError(_foreign(library, name))
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


def _foreign(library: str, name: str) -> str:
    """The line on an optimizer that is no rule: who takes it, and which rule is the same."""
    taken = "which only `slalom diff` runs" if library in COMPARED else "which does not run here"
    return f"{library}:{name} is an optimizer of {library}'s own, {taken}; {instead(library, name)}"


def instead(library: str, name: str) -> str:
    """What to type in place of an optimizer of a library: the rule that is the same, if any."""
    own = [
        f"{ours}@{library}"
        for ours, make in {**RULES, **COMPOSITIONS}.items()
        for c in counterparts(make)
        if (c.library, c.name.rpartition(".")[2].lower()) == (library, name.lower())
    ]
    own = [f"{name.lower()}@{library}"] if f"{name.lower()}@{library}" in own else own
    return f"as a rule it is {' or '.join(own)}" if own else "`slalom rules` lists the rules"

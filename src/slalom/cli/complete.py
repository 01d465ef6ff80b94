"""Names for the shell to complete; none of this loads NumPy, JAX or Matplotlib.

Typer keeps those that begin as what was typed.
"""

from __future__ import annotations


def landscapes(incomplete: str) -> list[str]:
    """All landscapes."""
    from ..landscapes import CATALOGUE

    return list(CATALOGUE)


def signals(incomplete: str) -> list[str]:
    """All signals."""
    from ..signals import SIGNALS

    return list(SIGNALS)


def rules(incomplete: str) -> list[str]:
    """All rules and wrappers; after `|` those that can follow, after `@` their presets."""
    from ..rules import COMPOSITIONS, PRESETS, RECIPES, RULES, WRAPPERS

    last = incomplete.rpartition("|")[2].lstrip()
    before = incomplete.removesuffix(last)
    name, at, _ = last.partition("@")
    if at:
        return [f"{before}{name}@{library}" for library in PRESETS.get(name, ())]
    return [before + name for name in (*RULES, *COMPOSITIONS, *WRAPPERS, *RECIPES)]


def explained(incomplete: str) -> list[str]:
    """Everything that `slalom rules NAME` explains."""
    from ..rules import COMPOSITIONS, RECIPES, RULES, SCHEDULES, WRAPPERS

    return [*RULES, *COMPOSITIONS, *WRAPPERS, *RECIPES, *SCHEDULES]

"""Names for the shell to complete; none of this loads NumPy, JAX or Matplotlib."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def landscapes(incomplete: str) -> list[str]:
    """Landscapes whose names begin so."""
    from ..landscapes import CATALOGUE

    return _beginning(incomplete, CATALOGUE)


def signals(incomplete: str) -> list[str]:
    """Signals whose names begin so."""
    from ..signals import SIGNALS

    return _beginning(incomplete, SIGNALS)


def rules(incomplete: str) -> list[str]:
    """Rules and wrappers whose names begin so; after `|` those that can follow."""
    from ..rules import COMPOSITIONS, RULES, WRAPPERS

    known: Mapping[str, Any] = {**RULES, **COMPOSITIONS, **WRAPPERS}
    head, bar, last = incomplete.rpartition("|")
    space = last[: len(last) - len(last.lstrip())]
    return [head + bar + space + name for name in _beginning(last.lstrip(), known)]


def explained(incomplete: str) -> list[str]:
    """Everything that `slalom rules NAME` explains."""
    from ..rules import COMPOSITIONS, RULES, SCHEDULES, WRAPPERS

    return _beginning(incomplete, {**RULES, **COMPOSITIONS, **WRAPPERS, **SCHEDULES})


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]

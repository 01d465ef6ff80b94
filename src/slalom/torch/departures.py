"""Rules that are called like an optimizer of PyTorch, and compute something else as they stand."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import Any

from ..rules import MAKERS, Rule, chain
from ..rules.counterpart import ASKED
from ..rules.head import head
from ..rules.presets import counterparts, defaults
from ..rules.value import written
from .words import aliases

_told: set[str] = set()
"""The rules of which a warning has been given in this process."""


def tell(rule: Rule, text: str | None, said: Collection[str]) -> None:
    """Warn, once for each name, where PyTorch's class of a rule's name has other defaults.

    Args:
        rule: as it was given, or read from its text.
        text: where it was a text.
        said: the names of the settings that are given beside it.
    """
    name, known = _known(rule, text)
    if name in _told or known is None:
        return
    apart = departures(rule, text, said)
    if apart:
        _told.add(name)
        there = ", ".join(f"{field} {theirs}, here {ours}" for field, theirs, ours in apart)
        warnings.warn(
            f"{name} is not torch.optim.{known.name}, which has {there}; {name}@torch is",
            stacklevel=3,
        )


def departures(
    rule: Rule, text: str | None = None, said: Collection[str] = ()
) -> list[tuple[str, str, str]]:
    """The settings that were not given in which PyTorch's class of the rule's name differs.

    Returns:
        Their names, their values there, and here.
    """
    name, known = _known(rule, text)
    if known is None:
        return []
    given = {*_given(rule, text), *said}
    for theirs, ours in aliases(rule).items():
        given |= set(ours if isinstance(ours, tuple) else (ours,)) if theirs in said else set()
    here = {**defaults(MAKERS[name]), **vars(chain(rule)[-1])}
    if not here.get("momentum"):
        given.add("lr_inside")  # without a buffer it changes nothing
    return [
        (field, written(theirs, field), written(here[field], field))
        for field, theirs in known.settings.items()
        if theirs is not ASKED and field not in given and here[field] != theirs
    ]


def _known(rule: Rule, text: str | None) -> tuple[str, Any]:
    """The rule's name, and what is known of PyTorch's class of that name, if there is one."""
    name = chain(rule)[-1].name if text is None else head(text).name
    found = [
        known
        for known in counterparts(MAKERS.get(name, Rule))
        if known.library == "torch" and known.name.lower() == name
    ]
    is_preset = text is not None and head(text).preset is not None
    return name, found[0] if found and not is_preset else None


def _given(rule: Rule, text: str | None) -> Collection[str]:
    """The settings of the innermost rule that were given with it."""
    inner = chain(rule)[-1]
    if text is None:
        return inner._given
    said = head(text)
    fields = list(defaults(MAKERS[said.name]))
    return {*fields[: said.positional], *said.named}

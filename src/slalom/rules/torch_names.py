"""PyTorch's names of optimizers and of their arguments, where people type them for a rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import unknown
from .catalogue import COMPOSITIONS, MAKERS, RULES, Maker
from .presets import counterparts, parameters

WITHOUT_RULE = ("ASGD", "LBFGS", "Rprop", "SparseAdam")
"""The optimizers of `torch.optim` that are no rule here."""


def rule_for(name: str) -> str | None:
    """The name of the rule that an optimizer of `torch.optim` is: the one called alike, if any."""
    makers = {n: m for n, m in MAKERS.items() if n in RULES or n in COMPOSITIONS}
    found = [
        own
        for own, maker in makers.items()
        for known in counterparts(maker)
        if known.library == "torch" and known.name == name
    ]
    return next((own for own in found if own == name.lower()), found[0] if found else None)


def unknown_rule(name: str, known: Iterable[str]) -> str:
    """The line for the name of a rule that there is none of."""
    for absent in WITHOUT_RULE:
        if name.lower() == absent.lower():
            return f"no rule is torch.optim.{absent}; PyTorch's with one are {', '.join(_there())}"
    own = rule_for(name)
    if own is not None:
        return f"unknown rule {name!r}; torch.optim.{name} is {own}@torch"
    return unknown("rule", name, known)


def _there() -> list[str]:
    """PyTorch's optimizers that are rules."""
    known = [one for maker in RULES.values() for one in counterparts(maker)]
    return list(dict.fromkeys(one.name for one in known if one.library == "torch"))


def spelled(maker: Maker, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments under the rule's own names, where some have PyTorch's, as `betas` has."""
    own = parameters(maker)
    theirs: dict[str, str | tuple[str, ...]] = {}
    theirs |= {"betas": ("beta1", "beta2")} if {"beta1", "beta2"} <= {*own} else {}
    for known in counterparts(maker):
        if known.library == "torch":
            theirs |= known.arguments
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        ours = theirs.get(name, name)
        ours, values = (ours, value) if isinstance(ours, tuple) else ((ours,), (value,))
        is_theirs = name in theirs and name not in own and {*ours} <= {*own} - arguments.keys()
        if is_theirs and isinstance(values, tuple) and len(values) == len(ours):
            found |= dict(zip(ours, values, strict=True))
        else:
            found[name] = value
    return found

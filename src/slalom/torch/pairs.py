"""Which rule each optimizer of PyTorch is, with PyTorch's words for its settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from inspect import Parameter, signature
from typing import Any, NamedTuple

from torch import optim

from ..errors import SlalomError
from ..rules import RULES, Adam, Counterpart, Rule, WeightDecay, chain
from .groups import plain


class Pair(NamedTuple):
    """One optimizer of PyTorch and the rule that it is."""

    kind: type[optim.Optimizer]
    rule: type[Rule]
    known: Counterpart

    @property
    def entries(self) -> Mapping[str, str]:
        """PyTorch's names of the state's entries, to the rule's."""
        assert isinstance(self.known.entries, Mapping)
        return self.known.entries

    def rule_of(self, group: Mapping[str, Any]) -> Rule:
        """The rule with the numbers of a group."""
        words = signature(self.kind).parameters
        found = plain({name: value for name, value in group.items() if name in words})
        if "betas" in found:
            found["betas"] = tuple(map(float, found["betas"]))
        if found.get("momentum") == 0:
            found["dampening"] = 0.0  # PyTorch has no buffer then, and does not dampen
        fields = {f.name: f for f in dataclasses.fields(self.rule)}
        values = dict(self.known.conventions)
        for argument, value in found.items():
            for name, ours in self.known.fields_of(argument, value).items():
                if name in fields and name not in self.known.conventions:
                    absent = ours == 0 and fields[name].default is None
                    values[name] = None if absent else ours
        return self.rule(**values)

    def settings_of(self, rule: Rule) -> dict[str, Any]:
        """What a group of PyTorch's optimizer has to hold to be the rule.

        Raises:
            SlalomError: it has no word for one of the rule's.
        """
        fields = {f.name for f in dataclasses.fields(self.rule)} - self.known.conventions.keys()
        found: dict[str, Any] = {}
        for argument, known in signature(self.kind).parameters.items():
            ours = self.known.arguments.get(argument, argument)
            if isinstance(ours, tuple):
                found[argument] = tuple(getattr(rule, name) for name in ours)
            elif ours.removeprefix("-") in fields:
                value = getattr(rule, ours.removeprefix("-"))
                found[argument] = self._said(argument, -value if ours[0] == "-" else value, known)
        return found

    def _said(self, argument: str, value: Any, known: Parameter) -> Any:
        """A value as PyTorch has it: a word of its own, 0 for what is absent."""
        if words := self.known.words.get(argument):
            theirs = [word for word, ours in words.items() if ours == value]
            if not theirs:
                raise SlalomError(
                    f"torch.optim has no optimizer with {argument} for {value!r}, only for "
                    f"{', '.join(map(repr, words.values()))}"
                )
            return theirs[0]
        if isinstance(known.default, bool):
            return bool(value)
        return 0.0 if value is None else value


PAIRS = tuple(
    Pair(getattr(optim, known.name), rule, known)
    for rule in RULES.values()
    if isinstance(rule, type) and issubclass(rule, Rule)
    for known in rule.known
    if known.library == "torch"
)


def pair_of(rule: Rule) -> Pair | None:
    """The optimizer of PyTorch that has the formula of a rule, wrappers apart; None: none has.

    Adam beside a decoupled decay is AdamW.
    """
    *around, inner = chain(rule)
    decoupled = any(isinstance(one, WeightDecay) and one.decoupled for one in around)
    unfit = optim.Adam if decoupled else optim.AdamW
    pairs = (pair for pair in PAIRS if pair.rule is type(inner))
    return next((pair for pair in pairs if pair.rule is not Adam or pair.kind is not unfit), None)

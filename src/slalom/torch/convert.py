"""PyTorch's own optimizers as rules, and back, in the middle of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from inspect import Parameter, signature
from typing import Any, NamedTuple

import torch
from torch import optim

from ..errors import SlalomError
from ..rules import (
    RULES,
    Counterpart,
    GradientDescent,
    Momentum,
    Nesterov,
    Rule,
    WeightDecay,
    settings,
)
from . import entries
from .groups import form, plain
from .kinds import as_real
from .optimizer import Optimizer

_NOTES = ("maximize", "param_names", "initial_lr", "max_lr", "min_lr")
_NOTES += ("max_momentum", "base_momentum", "swa_lr")

_WITHOUT_COUNT = (optim.SGD, optim.Muon)
"""They keep no count of steps."""


class _Pair(NamedTuple):
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
        found = plain(group)
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


_PAIRS = tuple(
    _Pair(getattr(optim, known.name), rule, known)
    for rule in RULES.values()
    if isinstance(rule, type) and issubclass(rule, Rule)
    for known in rule.known
    if known.library == "torch"
)


def rule_of(optimizer: optim.Optimizer) -> Rule:
    """The rule that an optimizer of PyTorch follows, with the numbers of its first group.

    >>> slalom.torch.rule_of(torch.optim.AdamW(model.parameters(), lr=0.01))
    weight_decay(0.01, decoupled=true) | adam(lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8)

    Raises:
        SlalomError: there is no rule for it, or its groups differ in more than numbers.
    """
    return _rules(optimizer)[0]


def from_torch(optimizer: optim.Optimizer) -> Optimizer:
    """Go on with a rule where an optimizer of PyTorch stands.

    The groups, the states and the counts of steps are taken over as copies; the parameters
    are the same. To take over a saved run, load its state dict into the optimizer first.

    Args:
        optimizer: an SGD, Adagrad, RMSprop, Adadelta, Adam, AdamW, Adamax, NAdam, Adafactor or
            Muon of `torch.optim`. SGD and Muon keep no count of steps: a parameter with a
            momentum buffer counts as stepped once, which is all that dampening asks for.

    Raises:
        SlalomError: there is no rule for it, or its groups differ in more than numbers.
    """
    rules = _rules(optimizer)
    groups = [
        {**settings(rule), **{k: group[k] for k in ("params", *_NOTES) if k in group}}
        for rule, group in zip(rules, optimizer.param_groups, strict=True)
    ]
    made = Optimizer(groups, rules[0])
    names = _pair_of(optimizer).entries
    for group in made.param_groups:
        form = made.members.form_of(group)
        for index, p in enumerate(group["params"]):
            given = optimizer.state.get(p, {})
            held = {ours: given[k] for k, ours in names.items() if given.get(k) is not None}
            kept: dict[str, Any] = {name: as_real(entry) for name, entry in held.items()}
            if kept:
                kept["step"] = int(given.get("step", 1))
                made.state[p] = entries.checked(kept, form, index, p)
    return made


def to_torch(optimizer: Optimizer) -> optim.Optimizer:
    """PyTorch's optimizer where a rule stands: the way back from `from_torch`."""
    rules = _alike(optimizer.rules())
    pair = _pair_for(rules[0])
    groups = []
    for rule, group in zip(rules, optimizer.param_groups, strict=True):
        notes = {k: group[k] for k in ("params", *_NOTES) if k in group}
        groups.append({**_settings_of(pair, rule), **notes})
    made: Any = pair.kind(groups)  # pyright: ignore[reportCallIssue]
    for group in made.param_groups:
        for p in group["params"]:
            kept = optimizer.state.get(p)
            if kept and kept["step"] > 0:
                made.state[p] = _state_for(pair, group, p, kept)
    return made


def _state_for(pair: _Pair, group: dict[str, Any], p: torch.Tensor, kept: dict[str, Any]) -> Any:
    """One parameter's state as PyTorch keeps it: scalars in its dtype for counts, on the CPU."""
    wide = torch.get_default_dtype() is torch.float64
    scalars = {"device": torch.device("cpu"), "dtype": torch.float64 if wide else torch.float32}
    has_buffer = pair.kind is not optim.SGD or group["momentum"] != 0
    counts = pair.kind not in _WITHOUT_COUNT
    found = {"step": torch.tensor(float(kept["step"]), **scalars)} if counts else {}
    for theirs, ours in pair.entries.items():
        if ours in kept and has_buffer:
            place = scalars if theirs == "mu_product" else {"device": p.device, "dtype": p.dtype}
            entry = kept[ours]
            if p.is_complex() and entry.shape != ():  # pairs of real numbers
                entry = torch.view_as_complex(entry.contiguous())
            found[theirs] = entries.copied(entry, **place)
    return found


def _rules(optimizer: optim.Optimizer) -> list[Rule]:
    pair, groups = _pair_of(optimizer), optimizer.param_groups
    if any(group.get("differentiable") for group in groups):
        raise SlalomError("an optimizer with differentiable=True cannot be converted")
    rules = [pair.rule_of(group) for group in groups]
    if any(group["weight_decay"] != 0 for group in groups):
        pairs = zip(groups, rules, strict=True)
        return _alike([_decaying(pair, group) | rule for group, rule in pairs])
    return _alike(rules)


def _alike(rules: list[Rule]) -> list[Rule]:
    """`rules`, if they differ by numbers only."""
    if len({form(rule) for rule in rules}) > 1:
        shown = " and ".join(sorted({str(form(rule)) for rule in rules}))
        raise SlalomError(f"the parameter groups must follow one rule, not {shown}")
    return rules


def _decaying(pair: _Pair, group: Mapping[str, Any]) -> WeightDecay:
    usual = pair.known.decay == "decoupled"
    decoupled = bool(group.get("decoupled_weight_decay", usual))
    return WeightDecay(plain(group)["weight_decay"], decoupled=decoupled)


def _pair_of(optimizer: optim.Optimizer) -> _Pair:
    pairs = [pair for pair in _PAIRS if pair.kind is type(optimizer)]
    if not pairs:
        known = ", ".join(dict.fromkeys(pair.kind.__name__ for pair in _PAIRS))
        raise SlalomError(
            f"no rule is known to be {type(optimizer).__name__}; those of torch.optim with one "
            f"are {known}"
        )
    if len(pairs) == 1:
        return pairs[0]
    groups = optimizer.param_groups
    looks_ahead = any(group["nesterov"] for group in groups)
    if looks_ahead and not all(group["nesterov"] for group in groups):
        raise SlalomError("the parameter groups must all have nesterov, or none of them")
    has_buffer = any(group["momentum"] != 0 for group in groups)
    wanted = Nesterov if looks_ahead else Momentum if has_buffer else GradientDescent
    return next(pair for pair in pairs if pair.rule is wanted)


def _pair_for(rule: Rule) -> _Pair:
    inner = rule.wrapped if isinstance(rule, WeightDecay) else rule
    decoupled = isinstance(rule, WeightDecay) and rule.decoupled
    unfit = optim.Adam if decoupled else optim.AdamW
    for pair in _PAIRS:
        if pair.rule is type(inner) and pair.kind is not unfit:
            return pair
    raise SlalomError(f"torch.optim has no optimizer that is {rule!r}")


def _settings_of(pair: _Pair, rule: Rule) -> dict[str, Any]:
    """The settings under which PyTorch's optimizer is the rule; making the rule of them tells."""
    for name, value in settings(rule).items():
        if value is not None and not isinstance(value, (int, float)):
            raise SlalomError(f"{name} is {value!r}: PyTorch's optimizers hold plain numbers")
    inner = rule.wrapped if isinstance(rule, WeightDecay) else rule
    found = pair.settings_of(inner)
    found["weight_decay"] = 0.0
    if pair.kind is optim.SGD:
        found = {"momentum": 0.0, "dampening": 0.0, **found, "nesterov": pair.rule is Nesterov}
    if isinstance(rule, WeightDecay):
        found["weight_decay"] = rule.weight_decay
        if "decoupled_weight_decay" in signature(pair.kind).parameters:
            found["decoupled_weight_decay"] = rule.decoupled
    made = pair.rule_of(found)
    if isinstance(rule, WeightDecay):
        made = _decaying(pair, found) | made
    if made != rule:
        raise SlalomError(f"torch.optim has no optimizer that is {rule!r}; it has {made!r}")
    return found

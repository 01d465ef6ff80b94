"""PyTorch's own optimizers as rules, and back, in the middle of a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from inspect import signature
from typing import Any

import torch
from torch import optim

from ..errors import SlalomError
from ..rules import GradientDescent, Momentum, Nesterov, Rule, WeightDecay, settings
from . import entries
from .groups import form, number
from .kinds import as_real
from .optimizer import Optimizer
from .pairs import PAIRS, Pair, pair_of
from .words import ARGUMENTS, aliases, watched

_WITHOUT_COUNT = (optim.SGD, optim.Muon)
"""They keep no count of steps."""
_OF_COUNTS = ("mu_product", "eta", "mu")
"""Entries of its states that have the dtype of counts."""


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
        optimizer: an SGD, Adagrad, RMSprop, Adadelta, Adam, AdamW, Adamax, NAdam, RAdam, Rprop,
            ASGD, Adafactor or Muon of `torch.optim`. SGD and Muon keep no count of steps: a
            parameter with a momentum buffer counts as stepped once, which is all that dampening
            asks for.

    Raises:
        SlalomError: there is no rule for it, or its groups differ in more than numbers.
    """
    rules, pair = _rules(optimizer), _pair_of(optimizer)
    groups = [
        {**settings(rule), **_rest(group, {*ARGUMENTS[pair.kind], *optimizer.defaults})}
        for rule, group in zip(rules, optimizer.param_groups, strict=True)
    ]
    made = Optimizer(groups, rules[0])
    names = pair.entries
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
        own = {*settings(rule), *aliases(rule), *watched(rule, group), "rule", "part"}
        own |= {name for name in group if name.startswith(entries.SHARED)}
        groups.append({**_settings_of(pair, rule), **_rest(group, own)})
    made: Any = pair.kind(groups)  # pyright: ignore[reportCallIssue]
    for group in made.param_groups:
        for p in group["params"]:
            kept = optimizer.state.get(p)
            if kept and kept["step"] > 0:
                made.state[p] = _state_for(pair, group, p, kept)
    return made


def _rest(group: Mapping[str, Any], settings: Collection[str]) -> dict[str, Any]:
    """A group without its settings: parameters, notes of schedulers, labels."""
    stays = ("params", "maximize")
    return {k: v for k, v in group.items() if k in stays or k not in settings}


def _state_for(pair: Pair, group: dict[str, Any], p: torch.Tensor, kept: dict[str, Any]) -> Any:
    """One parameter's state as PyTorch keeps it: scalars in its dtype for counts, on the CPU."""
    wide = torch.get_default_dtype() is torch.float64
    scalars = {"device": torch.device("cpu"), "dtype": torch.float64 if wide else torch.float32}
    has_buffer = pair.kind is not optim.SGD or group["momentum"] != 0
    counts = pair.kind not in _WITHOUT_COUNT
    found = {"step": torch.tensor(float(kept["step"]), **scalars)} if counts else {}
    for theirs, ours in pair.entries.items():
        if ours in kept and has_buffer:
            place = scalars if theirs in _OF_COUNTS else {"device": p.device, "dtype": p.dtype}
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
    if any(group.get("weight_decay", 0) != 0 for group in groups):
        pairs = zip(groups, rules, strict=True)
        return _alike([_decaying(pair, group) | rule for group, rule in pairs])
    return _alike(rules)


def _alike(rules: list[Rule]) -> list[Rule]:
    """`rules`, if they differ by numbers only."""
    if len({form(rule) for rule in rules}) > 1:
        shown = " and ".join(sorted({str(form(rule)) for rule in rules}))
        raise SlalomError(f"the parameter groups must follow one rule, not {shown}")
    return rules


def _decaying(pair: Pair, group: Mapping[str, Any]) -> WeightDecay:
    usual = pair.known.decay == "decoupled"
    decoupled = bool(group.get("decoupled_weight_decay", usual))
    return WeightDecay(number(group["weight_decay"]), decoupled=decoupled)


def _pair_of(optimizer: optim.Optimizer) -> Pair:
    pairs = [pair for pair in PAIRS if pair.kind is type(optimizer)]
    if not pairs:
        known = ", ".join(dict.fromkeys(pair.kind.__name__ for pair in PAIRS))
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


def _pair_for(rule: Rule) -> Pair:
    inner = rule.wrapped if isinstance(rule, WeightDecay) else rule
    pair = pair_of(rule)
    decays = isinstance(rule, WeightDecay)
    if pair is None or pair.rule is not type(inner) or (decays and not pair.known.decay):
        raise SlalomError(f"torch.optim has no optimizer that is {rule!r}")
    return pair


def _settings_of(pair: Pair, rule: Rule) -> dict[str, Any]:
    """The settings under which PyTorch's optimizer is the rule; making the rule of them tells."""
    for name, value in settings(rule).items():
        if value is not None and not isinstance(value, (int, float)):
            raise SlalomError(f"{name} is {value!r}: PyTorch's optimizers hold plain numbers")
    inner = rule.wrapped if isinstance(rule, WeightDecay) else rule
    found = pair.settings_of(inner)
    if pair.known.decay:
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

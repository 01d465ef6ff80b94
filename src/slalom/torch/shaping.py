"""The form of a rule that settings choose: its conventions, its weight decay, which rule it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import optim

from ..errors import SlalomError, SlalomTypeError
from ..rules import Partition, Rule, WeightDecay, chain, settings, with_settings
from ..rules.value import own_fields
from .groups import number, plain
from .pairs import PAIRS, Pair, pair_of
from .parameter_group import apart
from .words import (
    ARGUMENTS,
    FLAGS,
    REFUSED,
    absent,
    aliases,
    conventions,
    is_convention,
    name_of,
    shapes,
    unknown_setting,
)


def told(rule: Rule, said: Mapping[str, Any]) -> Rule:
    """The rule with settings that are given by keyword; tensors in them stay tensors.

    Raises:
        SlalomTypeError: a name that is none.
        SlalomError: a value that is not allowed.
    """
    numbers, forms = {}, {}
    for name, value in said.items():
        if name in settings(rule) or name in aliases(rule):
            parts = apart(aliases(rule)[name], value) if name in aliases(rule) else {name: value}
            for own, part in parts.items():
                if numbers.setdefault(own, part) != part:
                    raise SlalomError(f"{own} is {numbers[own]}, and {name} says {part}: give one")
        elif name in shapes(rule) or name == "weight_decay":
            forms[name] = value
        else:
            raise SlalomTypeError(f"{name_of(rule)}: {unknown_setting(rule, name)}")
    made = shaped(with_settings(rule, plain(numbers)), forms)
    kept = {n: v for n, v in {**numbers, **forms}.items() if n in settings(made)}
    return with_settings(made, {n: v for n, v in kept.items() if isinstance(v, torch.Tensor)})


def shaped(rule: Rule, said: Mapping[str, Any]) -> Rule:
    """The rule with other conventions, or as PyTorch's optimizer with these arguments is.

    Raises:
        SlalomError: the rule has no such form.
    """
    for flag, reason in REFUSED.items():
        if said.get(flag):
            raise SlalomError(f"{flag} must be false: {reason}")
    said = {name: value for name, value in said.items() if name not in FLAGS}
    if not said:
        return rule
    *around, inner = [_with_conventions(link, said) for link in chain(rule)]
    rest = {name: value for name, value in said.items() if name not in conventions(rule)}
    decay, decoupled = rest.pop("weight_decay", None), rest.pop("decoupled_weight_decay", None)
    pair = pair_of(rule)
    inner = _shaped_in_torch(inner, pair, rest)
    if decoupled is not None:
        has_word = pair is not None and "decoupled_weight_decay" in ARGUMENTS[pair.kind]
        is_so = pair is not None and pair.known.decay == "decoupled"  # AdamW, whose groups say it
        if decoupled and not (has_word or is_so):
            raise absent(rule, "decoupled_weight_decay")
        around = [
            link.replace(decoupled=bool(decoupled)) if isinstance(link, WeightDecay) else link
            for link in around
        ]
    made = _chained([*around, inner])
    has_decay = any(isinstance(link, WeightDecay) for link in around)
    return with_decay(made, decay, decoupled) if number(decay) and not has_decay else made


def with_decay(rule: Rule, decay: Any, decoupled: bool | None = None) -> Rule:
    """The rule with the weight decay that PyTorch's optimizer has as its argument.

    Raises:
        SlalomError: it has none.
    """
    pair, name = pair_of(rule), name_of(rule)
    if pair is None or not pair.known.decay:
        raise SlalomError(
            f"{name} has no weight_decay: write 'weight_decay(0.1, decoupled=true) | {name}' for "
            "the rule"
        )
    is_decoupled = pair.known.decay == "decoupled" if decoupled is None else bool(decoupled)
    *around, inner = chain(rule)
    return _chained([*around, WeightDecay(number(decay), decoupled=is_decoupled), inner])


def lifted(rule: Rule, groups: Sequence[Any]) -> Rule:
    """The rule with a weight decay of 0, where it has none and a group asks for one."""
    if "weight_decay" in settings(rule) or isinstance(chain(rule)[-1], Partition):
        return rule
    own = [g for g in groups if isinstance(g, Mapping) and "rule" not in g]
    return with_decay(rule, 0.0) if any(number(g.get("weight_decay")) for g in own) else rule


def _chained(links: Sequence[Rule]) -> Rule:
    *around, made = links
    for link in reversed(around):
        made = link.rebuilt(rule=made)
    return made


def _with_conventions(link: Rule, said: Mapping[str, Any]) -> Rule:
    own = [f.name for f in own_fields(link) if is_convention(f) and f.name in said]
    return link.replace(**{name: said[name] for name in own}) if own else link


def as_in_torch(inner: Rule, pair: Pair) -> dict[str, Any]:
    """The arguments with which PyTorch's optimizer is a rule, as far as it has words for it."""
    try:
        return {**_UNSAID.get(pair.kind, {}), **pair.known.only_with, **pair.settings_of(inner)}
    except SlalomError:  # a convention that PyTorch has not
        return {}


_UNSAID: dict[Any, dict[str, Any]] = {
    optim.SGD: {"momentum": 0.0, "dampening": 0.0, "nesterov": False}
}
"""Arguments that make another rule of an optimizer, at the values at which they do not."""


def _shaped_in_torch(inner: Rule, pair: Pair | None, said: Mapping[str, Any]) -> Rule:
    """The innermost rule with arguments of PyTorch's that no convention has the name of."""
    if not said:
        return inner
    for name, value in said.items():
        if (pair is None or name not in ARGUMENTS[pair.kind]) and number(value):
            raise absent(inner, name)
    if pair is None:
        return inner
    said = {name: value for name, value in said.items() if name in ARGUMENTS[pair.kind]}
    family = [one for one in PAIRS if one.kind is pair.kind]
    if len(family) == 1:
        fields = {f.name for f in own_fields(inner)}
        found = {
            n: v for k, value in said.items() for n, v in pair.known.fields_of(k, value).items()
        }
        return inner.replace(**{name: value for name, value in found.items() if name in fields})
    arguments = plain({**as_in_torch(inner, pair), **said})
    for one in family:  # SGD: which rule it is, its arguments tell
        if all((arguments.get(k) or 0) == (v or 0) for k, v in one.known.only_with.items()):
            if one.rule is type(inner):
                return inner
            if any(arguments.get(name) for name in one.known.unmatched):
                raise SlalomError(f"{one.rule.name} has no {' and no '.join(one.known.unmatched)}")
            return one.rule_of(arguments)
    raise absent(inner, ", ".join(said))

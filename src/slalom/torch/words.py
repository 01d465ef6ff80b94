"""What may be said of a rule by keyword and in groups, in its own words and in PyTorch's."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any

import torch
from torch import optim

from ..errors import SlalomError, SlalomTypeError, unknown
from ..lowering import lowered, skeleton
from ..rules import WRAPPERS, Partition, Rule, WeightDecay, chain, settings, with_settings
from ..rules.value import is_hyper, own_fields
from .groups import number, plain
from .pairs import PAIRS, Pair, pair_of
from .parameter_group import Aliases, apart, names

NOTES = {"params", "param_names", "rule", "part", "maximize", "initial_lr", "max_lr", "min_lr"}
NOTES |= {"max_momentum", "base_momentum", "swa_lr"}
"""What a group holds besides settings: PyTorch's own entries, and its schedulers' notes."""

REFUSED = {
    "capturable": "a step reads its count on the host, and no CUDA graph can capture it",
    "differentiable": "steps are taken in place, and nothing can be differentiated through them",
}
"""Arguments of PyTorch's optimizers that must not be true, with the reason."""
FLAGS = ("foreach", "fused", *REFUSED)
"""Its arguments on how to compute: the first two change no number, and nothing here."""

ARGUMENTS = {
    pair.kind: [n for n in signature(pair.kind).parameters if n != "params"] for pair in PAIRS
}
"""The arguments of PyTorch's optimizers that have a rule."""
_counted = Counter(name for arguments in ARGUMENTS.values() for name in arguments)
COMMON = {name for name, count in _counted.items() if count > 1} - {"lr", "maximize"}
"""Those of more than one of them: in a group they are never just labels."""

NEAR = 0.8
"""How like a setting's name another one is, at least, that is taken for a slip of the pen."""


def aliases(rule: Rule) -> Aliases:
    """PyTorch's names of a rule's hyperparameters, where they are called otherwise here."""
    own, pair = settings(rule), pair_of(rule)
    found = dict(pair.known.arguments) if pair else {}
    found.setdefault("betas", ("beta1", "beta2"))
    return {
        theirs: ours
        for theirs, ours in found.items()
        if theirs not in own and all(name in own for name in names(ours))
    }


def told(rule: Rule, said: Mapping[str, Any]) -> Rule:
    """The rule with settings that are given by keyword; tensors in them stay tensors.

    Raises:
        SlalomTypeError: a name that is none.
        SlalomError: a value that is not allowed.
    """
    numbers, forms = {}, {}
    for name, value in said.items():
        if name in settings(rule):
            numbers[name] = value
        elif name in aliases(rule):
            numbers |= apart(aliases(rule)[name], value)
        elif name in shapes(rule) or name == "weight_decay":
            forms[name] = value
        else:
            raise SlalomTypeError(f"{name_of(rule)}: {unknown('setting', name, allowed(rule))}")
    made = shaped(with_settings(rule, plain(numbers)), forms)
    kept = {n: v for n, v in {**numbers, **forms}.items() if n in settings(made)}
    return with_settings(made, {n: v for n, v in kept.items() if isinstance(v, torch.Tensor)})


def allowed(rule: Rule) -> list[str]:
    """All names that may be given, but for those on how to compute."""
    found = dict.fromkeys([*settings(rule), *aliases(rule), *shapes(rule)])
    return [name for name in found if name not in FLAGS]


def shapes(rule: Rule) -> list[str]:
    """Names of what chooses among formulas: conventions, and arguments of PyTorch's optimizer."""
    pair = pair_of(rule)
    found = [*conventions(rule), *(ARGUMENTS[pair.kind] if pair else ()), *FLAGS]
    own = {*settings(rule), *aliases(rule), "maximize"}
    return [name for name in dict.fromkeys(found) if name not in own]


def conventions(rule: Rule) -> list[str]:
    """The names of the conventions of a rule and of the wrappers around it."""
    return [f.name for link in chain(rule) for f in own_fields(link) if _is_convention(f)]


def _is_convention(field: Any) -> bool:
    return not is_hyper(field) and field.metadata.get("kind") != "part"


def watched(rule: Rule, group: Mapping[str, Any]) -> list[str]:
    """The entries of a group that say which formula its rule has: not numbers, nor labels."""
    own = {*settings(rule), *aliases(rule)}
    known = {*COMMON, *shapes(rule)} - own
    return [name for name in group if name in known]


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
            raise _absent(rule, "decoupled_weight_decay")
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
    own = [f.name for f in own_fields(link) if _is_convention(f) and f.name in said]
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
            raise _absent(inner, name)
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
    raise _absent(inner, ", ".join(said))


def _absent(rule: Rule, name: str) -> SlalomError:
    return SlalomError(f"{name_of(rule)}: {unknown('setting', name, allowed(rule))}")


def name_of(rule: Rule) -> str:
    """What the innermost rule is called."""
    return chain(rule)[-1].name


def check_labels(group: Mapping[str, Any], rule: Rule) -> None:
    """Raise where an entry of a group looks like a slip of the pen; other labels may be anything.

    Raises:
        SlalomError: its name is nearly that of a setting, or another library's word for one.
    """
    known = allowed(rule)
    for name, value in group.items():
        if name in NOTES or name in known or name in COMMON or not _may_be_number(value):
            continue
        if not isinstance(name, str) or name.startswith(("state.", *(f"{k}_" for k in known))):
            continue
        meant = " and ".join(_foreign(rule).get(name, ()))
        if meant or difflib.get_close_matches(name.lower(), known, cutoff=NEAR):
            said = f"{name} is {meant} here" if meant else unknown("hyperparameter", name, known)
            raise SlalomError(f"a parameter group of {name_of(rule)}: {said}")


def _may_be_number(value: Any) -> bool:
    return isinstance(value, (int, float, tuple)) or callable(value)


def _foreign(rule: Rule) -> dict[str, Sequence[str]]:
    """Other libraries' words for the rule's hyperparameters, but for those that a wrapper has."""
    taken = {f.name for one in WRAPPERS.values() for f in own_fields(one)}  # pyright: ignore
    return {
        theirs: names(ours)
        for known in chain(rule)[-1].known
        for theirs, ours in known.arguments.items()
        if theirs not in taken and theirs not in settings(rule)
    }


def couples(rule: Rule) -> bool:
    """Whether the step of a parameter depends on others; of what is not known, it does."""
    if not any(link.coupled for link in chain(rule)):
        return False
    try:
        return lowered(skeleton(rule), "float32").is_coupled
    except SlalomError:
        return True

"""What may be said of a rule by keyword and in groups, in its own words and in PyTorch's."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any

from ..errors import SlalomError, unknown
from ..lowering import lowered, skeleton
from ..rules import WRAPPERS, Rule, chain, settings
from ..rules.value import is_hyper, own_fields
from .pairs import PAIRS, pair_of
from .parameter_group import Aliases, names

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
    return [f.name for link in chain(rule) for f in own_fields(link) if is_convention(f)]


def is_convention(field: Any) -> bool:
    """Whether a field of a rule chooses among formulas."""
    return not is_hyper(field) and field.metadata.get("kind") != "part"


def watched(rule: Rule, group: Mapping[str, Any]) -> list[str]:
    """The entries of a group that say which formula its rule has: not numbers, nor labels."""
    own = {*settings(rule), *aliases(rule)}
    known = {*COMMON, *shapes(rule)} - own
    return [name for name in group if name in known]


def absent(rule: Rule, name: str) -> SlalomError:
    """What to raise for a setting that a rule has not."""
    return SlalomError(f"{name_of(rule)}: {unknown_setting(rule, name)}")


def unknown_setting(rule: Rule, name: str, kind: str = "setting") -> str:
    """The line for a name that no setting of a rule has, though other libraries may call it so."""
    meant = " and ".join(_foreign(rule).get(name, ()))
    return f"{name} is {meant} here" if meant else unknown(kind, name, allowed(rule))


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
        if name in _foreign(rule) or difflib.get_close_matches(name.lower(), known, cutoff=NEAR):
            said = unknown_setting(rule, name, "hyperparameter")
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

"""Other libraries' optimizers as rules of Slalom's: each by its library's preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules import RULES, Counterpart, GradientDescent, Momentum, Nesterov, Rule, WeightDecay
from ...rules.counterpart import ASKED
from ...rules.value import own_fields

KNOWN: dict[tuple[str, str], list[tuple[type[Rule], Counterpart]]] = {}
"""By library and name, the rules that an optimizer may be."""
for _rule in RULES.values():
    if isinstance(_rule, type) and issubclass(_rule, Rule):
        for _one in _rule.known:
            KNOWN.setdefault((_one.library, _one.name), []).append((_rule, _one))

COMPARED = ("torch", "keras", "optax")
"""The libraries whose own code a comparison can run."""
WAYS = {"foreach", "fused", "capturable", "differentiable", "name"}  # no number depends on them


def counterpart(
    library: str, name: str, given: Mapping[str, Any], usual: Mapping[str, Any]
) -> Rule | None:
    """The rule that an optimizer of a library is; None where Slalom has none.

    Args:
        library: `torch`, `keras` or `optax`.
        name: of the optimizer.
        given: the values of all its arguments.
        usual: their defaults.
    """
    found = KNOWN.get((library, name))
    if found is None:
        return None
    arguments = {k: v for k, v in given.items() if k not in WAYS}
    decay = arguments.pop("weight_decay", 0)
    asked = arguments.pop("decoupled_weight_decay", False)
    wanted = _descent(arguments) if len(found) > 1 else found[0][0]
    rule, known = next((rule, known) for rule, known in found if rule is wanted)
    fields = _fields(rule, known, arguments, usual)
    if fields is None:
        return None
    own = {field: value for field, value in known.settings.items() if value is not ASKED}
    made = rule(**{**own, **known.meant(fields)})
    return (
        WeightDecay(decay, decoupled=asked or known.decay == "decoupled") | made if decay else made
    )


def _descent(arguments: dict[str, Any]) -> type[Rule]:
    """Which of its rules a library's SGD is; arguments that are off are taken away."""
    nesterov = arguments.pop("nesterov", False)
    if not arguments["momentum"]:
        arguments.pop("momentum")
        arguments.pop("dampening", None)
        return GradientDescent
    if nesterov:
        arguments.pop("dampening", None)  # PyTorch allows none here
    return Nesterov if nesterov else Momentum


def _fields(
    rule: type[Rule], counterpart: Counterpart, arguments: dict[str, Any], usual: Mapping
) -> dict[str, Any] | None:
    """The fields that the arguments set; None where one of them says what no field can."""
    known = {field.name: field for field in own_fields(rule)}
    fields: dict[str, Any] = {}
    for argument, value in arguments.items():
        ours = counterpart.arguments.get(argument, argument)
        names = ours if isinstance(ours, tuple) else (ours,)
        if any(name not in known for name in names):
            if value is not usual[argument] and value != usual[argument]:
                return None
            continue
        values = value if len(names) > 1 else (value,)
        fields |= {
            name: value
            for name, value in zip(names, values, strict=True)
            if not (value is None or (value == 0 and known[name].default is None))
        }  # an absent part is None here, and may be 0 there
    return fields

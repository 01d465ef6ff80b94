"""Other libraries' optimizers as rules of Slalom's: each by its library's preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules import (
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    GradientDescent,
    Momentum,
    NAdam,
    Nesterov,
    RMSProp,
    Rule,
    WeightDecay,
)
from ...rules.value import own_fields

RULES: Mapping[str, Mapping[str, type[Rule]]] = {
    "torch": {
        "Adadelta": Adadelta,
        "Adagrad": Adagrad,
        "Adam": Adam,
        "AdamW": Adam,
        "Adamax": Adamax,
        "NAdam": NAdam,
        "RMSprop": RMSProp,
        "SGD": Momentum,
    },
    "keras": {
        "Adadelta": Adadelta,
        "Adagrad": Adagrad,
        "Adam": Adam,
        "AdamW": Adam,
        "Adamax": Adamax,
        "Nadam": NAdam,
        "RMSprop": RMSProp,
        "SGD": Momentum,
    },
    "optax": {
        "adadelta": Adadelta,
        "adagrad": Adagrad,
        "adam": Adam,
        "adamax": Adamax,
        "adamaxw": Adamax,
        "adamw": Adam,
        "amsgrad": Adam,
        "nadam": NAdam,
        "nadamw": NAdam,
        "rmsprop": RMSProp,
        "sgd": Momentum,
    },
}
"""By library and name, the rule that an optimizer is."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    "alpha": ("decay",),
    "b1": ("beta1",),
    "b2": ("beta2",),
    "beta_1": ("beta1",),
    "beta_2": ("beta2",),
    "betas": ("beta1", "beta2"),
    "bias_correction": ("debias",),
    "eps_in_sqrt": ("eps_inside",),
    "epsilon": ("eps",),
    "initial_scale": ("initial_accumulator_value",),
    "learning_rate": ("lr",),
    "rho": ("decay",),
}
"""The fields of a rule that an argument sets, where they are called otherwise."""

SAID_BY_NAME = {"amsgrad": {"amsgrad": True}}
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
    rule = RULES.get(library, {}).get(name)
    if rule is None:
        return None
    arguments = {k: v for k, v in given.items() if k not in WAYS}
    decay = arguments.pop("weight_decay", 0)
    asked = arguments.pop("decoupled_weight_decay", False)
    decoupled = asked or library == "keras" or name.lower().endswith("w")
    if rule is Momentum:
        rule = _descent(arguments)
    fields = _fields(rule, arguments, usual)
    if fields is None:
        return None
    made = rule.like(library, **(fields | SAID_BY_NAME.get(name, {})))
    return WeightDecay(decay, decoupled=decoupled) | made if decay else made


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


def _fields(rule: type[Rule], arguments: dict[str, Any], usual: Mapping) -> dict[str, Any] | None:
    """The fields that the arguments set; None where one of them says what no field can."""
    known = {field.name: field for field in own_fields(rule)}
    fields: dict[str, Any] = {}
    for argument, value in arguments.items():
        names = FIELDS.get(argument, (argument,))
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

"""Other libraries' optimizers as rules of Slalom's: each by its library's preset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...errors import SlalomError
from ...rules import (
    COMPOSITIONS,
    RULES,
    Adam,
    Counterpart,
    Muon,
    NAdam,
    Partition,
    Rule,
    WeightDecay,
    chain,
)
from ...rules.counterpart import NO_NUMBERS
from ...rules.presets import counterparts, defaults, with_counterpart

Maker = Callable[..., Any]

COMPARED = ("torch", "keras", "optax")
"""The libraries whose own code a comparison can run."""


KNOWN: dict[tuple[str, str], list[tuple[Maker, Counterpart]]] = {}
"""By library and name, the rules that an optimizer may be; the first that fits is the one."""
for _maker in (*RULES.values(), *COMPOSITIONS.values()):
    for _one in counterparts(_maker):
        _name = _one.name.rpartition(".")[2]  # `contrib.muon` is `optax:muon` in text
        KNOWN.setdefault((_one.library, _name), []).append((_maker, _one))


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
    arguments = {k: v for k, v in given.items() if k not in NO_NUMBERS}
    for maker, known in KNOWN.get((library, name), ()):
        if all(_same(arguments[k], value) for k, value in known.only_with.items()):
            return _rule(maker, known, arguments, usual)
    return None


def _rule(
    maker: Maker, known: Counterpart, arguments: dict[str, Any], usual: Mapping[str, Any]
) -> Rule | None:
    decay = arguments.pop("weight_decay", 0) if known.decay else 0
    asked = arguments.pop("decoupled_weight_decay", False)
    fields: dict[str, Any] = {}
    for argument, value in arguments.items():
        if argument in known.only_with or argument in known.idle:
            continue
        said = {} if argument in known.unmatched else known.fields_of(argument, value)
        if not said or not said.keys() <= defaults(maker).keys():
            if not _same(value, usual[argument]):
                return None  # it says what no field can
            continue
        fields |= {
            name: value
            for name, value in said.items()
            if not (value is None or (value == 0 and defaults(maker)[name] is None))
        }  # an absent part is None here, and may be 0 there
    try:
        made = with_counterpart(maker, known, fields)
    except SlalomError:  # a value that no convention here has
        return None
    if decay:
        made = WeightDecay(decay, decoupled=asked or known.decay == "decoupled") | made
    return _with_vectors(made, known.library) if maker is Muon and known.library in REST else made


def _rest_in_optax(muon: Any) -> Rule:
    return (NAdam if muon.nesterov else Adam).like("optax", lr=muon.lr)


def _rest_in_keras(muon: Any) -> Rule:
    rest: Rule = Adam.like("keras", lr=muon.lr)
    return WeightDecay(weight_decay=0.004, decoupled=True) | rest


REST = {"optax": _rest_in_optax, "keras": _rest_in_keras}
"""The libraries whose Muon is two rules: what steps parameters that are not matrices."""


def _with_vectors(muon: Rule, library: str) -> Rule:
    return Partition(matrices=muon, rest=REST[library](chain(muon)[-1]))


def _same(a: Any, b: Any) -> bool:
    """Whether two values of an argument are equal; None and 0 both say that there is none."""
    return a is b or a == b or not (a or b)

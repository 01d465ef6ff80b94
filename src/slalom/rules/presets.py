"""Presets: what other libraries' optimizers compute, as settings of the rules here.

`Adam.like("keras")`, in text `adam@keras`, has the formula and the defaults of Keras's Adam, as
the rule's counterparts tell.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import SlalomError, unknown
from .counterpart import ASKED, Counterpart
from .counterpart import preset as find
from .rule import Rule
from .settings import chain
from .value import is_hyper, own_fields
from .wrapper import Wrapper

Settings = Mapping[str, Any]
Maker = Callable[..., Any]


def preset(maker: Maker, library: str) -> Maker:
    """What makes a rule with the formula and the defaults of a library.

    Args:
        maker: a rule, a wrapper, or a function that makes a rule, with counterparts.
        library: one of `LIBRARIES`, or of the packages of its counterparts, in capitals or not.

    Raises:
        SlalomError: there is no such preset.
    """
    name = name_of(maker)
    counterpart = find(counterparts(maker), library, name)
    allowed = list(defaults(maker))

    def make(*positional: Any, **named: Any) -> Rule:
        given = {**dict(zip(allowed, positional, strict=False)), **named}
        for field in given:
            if field not in allowed:
                raise SlalomError(f"{name}: {unknown('argument', field, allowed)}")
        return with_counterpart(maker, counterpart, given)

    words = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in allowed]
    make.known = counterparts(maker)  # pyright: ignore[reportFunctionMemberAccess]
    make.__signature__ = inspect.Signature(words)  # pyright: ignore[reportFunctionMemberAccess]
    return make


def with_counterpart(maker: Maker, counterpart: Counterpart, given: Settings) -> Any:
    """The rule as its counterpart has it, but for the settings that are given."""
    own = {field: value for field, value in counterpart.settings.items() if value is not ASKED}
    return _made(maker, {**own, **counterpart.meant(given)})


def counterparts(maker: Maker) -> Sequence[Counterpart]:
    """The counterparts that a rule declares itself; those of a base class are not inherited."""
    return vars(maker).get("known", ()) if hasattr(maker, "__dict__") else ()


def meant_by(maker: Maker, name: str) -> str:
    """What a rule calls the argument that another library calls so; empty: it knows of none."""
    for known in counterparts(maker):
        ours = known.arguments.get(name, "")
        if ours and not isinstance(ours, tuple):
            return ours.removeprefix("-")
    return ""


def presets_of(maker: Maker) -> Mapping[str, Settings]:
    """The presets of a rule by library: the settings in which each differs from the rule."""
    found: dict[str, Settings] = {}
    for one in counterparts(maker):
        found.setdefault(one.library, one.settings)
    return found


def defaults(maker: Maker) -> dict[str, Any]:
    """Every setting that a preset of `maker` takes, in order, and its value without a preset."""
    own = inspect.signature(maker).parameters
    return {name: own[name].default for name in parameters(maker)} | _conventions(maker)


def name_of(maker: Maker) -> str:
    """What the text form calls a rule or a function that makes one."""
    return getattr(maker, "name", getattr(maker, "__name__", str(maker)))


def parameters(maker: Maker) -> list[str]:
    """The names that may be given, in positional order."""
    if dataclasses.is_dataclass(maker):
        return [field.name for field in own_fields(maker)]  # pyright: ignore[reportArgumentType]
    return list(inspect.signature(maker).parameters)


def _conventions(maker: Maker) -> dict[str, Any]:
    """What a composition has no parameter for: conventions of its presets, and of its rules."""
    if isinstance(maker, type):
        return {}
    composed: Any = maker()
    fields = [(link, field) for link in chain(composed) for field in own_fields(link)]
    found = dict.fromkeys(field for settings in presets_of(maker).values() for field in settings)
    wanted = [(link, f) for link, f in fields if f.name in found or not is_hyper(f)]
    found |= {f.name: getattr(link, f.name) for link, f in wanted}
    return {field: value for field, value in found.items() if field not in parameters(maker)}


def _made(maker: Maker, settings: Settings) -> Any:
    known = parameters(maker)
    made: Any = maker(**{field: value for field, value in settings.items() if field in known})
    rest = {field: value for field, value in settings.items() if field not in known}
    return _with_conventions(made, rest) if rest else made


def _with_conventions(rule: Rule, settings: Settings) -> Rule:
    """The rule with these conventions, set in each rule of its chain that has them."""
    names = [field.name for field in own_fields(rule)]
    changed = {field: value for field, value in settings.items() if field in names}
    if isinstance(rule, Wrapper):
        changed["rule"] = _with_conventions(rule.wrapped, settings)
    return rule.replace(**changed)

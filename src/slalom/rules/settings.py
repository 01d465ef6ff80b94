"""The hyperparameters of a rule and of the wrappers around it, under flat names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import SlalomError, unknown
from .rule import Rule
from .value import is_hyper, own_fields
from .wrapper import Wrapper


def chain(rule: Rule) -> list[Rule]:
    """The wrappers around a rule, outermost first, and then the rule itself."""
    links = [rule]
    while isinstance(links[-1], Wrapper):
        links.append(links[-1].wrapped)
    return links


def outline(rule: Rule) -> str:
    """The names of the wrappers around a rule and of the rule itself: `clip_norm | adam`."""
    return " | ".join(link.name for link in chain(rule))


def settings(rule: Rule) -> dict[str, Any]:
    """Every hyperparameter by name: numbers, schedules, arrays, tuples, None where absent.

    A name is that of the field, `lr`. Where several links of the chain have a field of that
    name, the innermost keeps it and the others are called by their rule as well,
    `clip_norm.limit`, and `clip_norm.2.limit` for the second of the same rule. What belongs to a
    part of a partition is called by the part first, `matrices.lr`.
    """
    links = chain(rule)
    found = {}
    for part, held in parts(links[-1]).items():
        found |= {f"{part}.{name}": value for name, value in settings(held).items()}
    return found | {name: getattr(links[i], field) for name, (i, field) in _places(rule).items()}


def with_settings(rule: Rule, values: Mapping[str, Any], *, checked: bool = True) -> Rule:
    """The rule with other hyperparameters, under the names of `settings`.

    Args:
        rule: the rule whose conventions, and other hyperparameters, are kept.
        values: some or all of the hyperparameters.
        checked: refuse values out of range; traced numbers need no check.

    Raises:
        SlalomError: a name that the rule does not have, or a value that is not allowed.
    """
    known = settings(rule)
    for name in values:
        if name not in known:
            raise SlalomError(f"{rule.name}: {unknown('hyperparameter', name, known)}")
    places, links = _places(rule), chain(rule)
    for index, link in enumerate(links):
        fields = {
            places[n][1]: v for n, v in values.items() if n in places and places[n][0] == index
        }
        if fields:
            links[index] = link.replace(**fields) if checked else link.rebuilt(**fields)
    made = _with_parts(links[-1], values, checked)
    for link in reversed(links[:-1]):
        made = link.rebuilt(rule=made)
    return made


def paths(rule: Rule) -> dict[str, tuple[str, ...]]:
    """For every name of `settings`, the fields that lead to the hyperparameter."""
    links = chain(rule)
    inward = ("rule",) * (len(links) - 1)
    found = {}
    for part, held in parts(links[-1]).items():
        found |= {f"{part}.{name}": (*inward, part, *path) for name, path in paths(held).items()}
    return found | {n: (*("rule",) * i, field) for n, (i, field) in _places(rule).items()}


def put(rule: Rule, path: tuple[str, ...], value: Any) -> Rule:
    """The rule with another value where a path leads, unchecked."""
    first, *rest = path
    changed = put(getattr(rule, first), tuple(rest), value) if rest else value
    return rule.rebuilt(**{first: changed})


def parts(rule: Rule) -> dict[str, Rule]:
    """The rules that a partition holds, by the names of its fields."""
    names = [f.name for f in own_fields(rule) if f.metadata.get("kind") == "part"]
    return {name: getattr(rule, name) for name in names if getattr(rule, name) is not None}


def _with_parts(rule: Rule, values: Mapping[str, Any], checked: bool) -> Rule:
    changed = {}
    for part, held in parts(rule).items():
        start = f"{part}."
        own = {n.removeprefix(start): v for n, v in values.items() if n.startswith(start)}
        if own:
            changed[part] = with_settings(held, own, checked=checked)
    return rule.rebuilt(**changed) if changed else rule


def _places(rule: Rule) -> dict[str, tuple[int, str]]:
    """For every name, which link of the chain and which field of it."""
    found: dict[str, tuple[int, str]] = {}
    for index, link in reversed(list(enumerate(chain(rule)))):
        for field in filter(is_hyper, own_fields(link)):
            name, number = field.name, 1
            while name in found:
                label = link.name if number == 1 else f"{link.name}.{number}"
                name, number = f"{label}.{field.name}", number + 1
            found[name] = (index, field.name)
    return found

"""The hyperparameters of a rule and of the wrappers around it, under flat names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import SlalomError, unknown
from .rule import Rule
from .value import is_hyper, own_fields
from .wrappers import Wrapper


def chain(rule: Rule) -> list[Rule]:
    """The wrappers around a rule, outermost first, and then the rule itself."""
    links = [rule]
    while isinstance(links[-1], Wrapper):
        links.append(links[-1].wrapped)
    return links


def settings(rule: Rule) -> dict[str, Any]:
    """Every hyperparameter by name: numbers, schedules, arrays, tuples, None where absent.

    A name is that of the field, `lr`. Where several links of the chain have a field of that
    name, the innermost keeps it and the others are called by their rule as well,
    `clip_norm.limit`, and `clip_norm.2.limit` for the second of the same rule.
    """
    links = chain(rule)
    return {name: getattr(links[i], field) for name, (i, field) in _places(rule).items()}


def with_settings(rule: Rule, values: Mapping[str, Any], *, checked: bool = True) -> Rule:
    """The rule with other hyperparameters, under the names of `settings`.

    Args:
        rule: the rule whose conventions, and other hyperparameters, are kept.
        values: some or all of the hyperparameters.
        checked: refuse values out of range; traced numbers need no check.

    Raises:
        SlalomError: a name that the rule does not have, or a value that is not allowed.
    """
    places = _places(rule)
    for name in values:
        if name not in places:
            raise SlalomError(f"{rule.name}: {unknown('hyperparameter', name, places)}")
    links = chain(rule)
    for index, link in enumerate(links):
        fields = {places[n][1]: v for n, v in values.items() if places[n][0] == index}
        if fields:
            links[index] = link.replace(**fields) if checked else link.rebuilt(**fields)
    made = links[-1]
    for link in reversed(links[:-1]):
        made = link.rebuilt(rule=made)
    return made


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

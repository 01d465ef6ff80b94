"""Groups that choose another form of the rule than the optimizer's, at first or between steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import SlalomError
from ..rules import Rule, settings
from . import processes
from .base import Base
from .draws import generator_for
from .entries import Form
from .groups import form, rule_with
from .parameter_group import Group
from .shaping import shaped
from .words import aliases, check_labels, couples, watched


def formed(rule: Rule, group: Mapping[str, Any]) -> Rule:
    """The rule in the form that the entries of a group say, such as `amsgrad` and `weight_decay`.

    Raises:
        SlalomError: the rule has no such form, or an entry looks like a slip of the pen.
    """
    check_labels(group, rule)
    said = {name: group[name] for name in watched(rule, group)}
    made = shaped(rule, said)
    if form(made) == form(rule):
        return rule
    if group.get("part") is not None:
        raise SlalomError(f"{_those(said)} must be said in the partition: its groups share a rule")
    return made


def check_together(optimizer: Base, rule: Rule, group: Mapping[str, Any], is_formed: bool) -> None:
    """Raise where a rule couples parameters that a form of their own would part.

    Args:
        optimizer: the groups that there are.
        rule: that of the group, in its form.
        group: a group that there is, or one that is to be added.
        is_formed: whether its entries say the form of the rule.
    """
    own = str(form(rule))
    for other in optimizer.param_groups:
        theirs = other["rule"]
        if other is group or theirs == own or not (is_formed or theirs in optimizer.formed):
            continue
        if couples(rule):
            raise SlalomError(
                f"parameter groups that the rule couples must have one form, not {theirs} and {own}"
            )


def follow(
    optimizer: Base, group: dict[str, Any], form_of: Callable[[dict[str, Any]], Form]
) -> None:
    """Let a group have the rule that its entries say by now.

    Args:
        optimizer: what the group is of.
        group: one of its groups.
        form_of: what the state of a group looks like.

    Raises:
        SlalomError: the rule has no such form, or the states have begun in another one.
    """
    rule = optimizer.rule_of(group)
    made = formed(rule, group)
    if made is rule:
        return
    changed = Group(group)
    changed.update({n: v for n, v in settings(made).items() if n not in group})
    changed["rule"] = str(form(made))
    optimizer.rules_of_groups.setdefault(changed["rule"], made)
    check_together(optimizer, made, group, True)
    if any(p in optimizer.state for p in group["params"]):
        before = form_of(group).names
        if before != form_of(changed).names:
            said = {name: group[name] for name in watched(rule, group)}
            raise SlalomError(
                f"{_those(said)} cannot change after the first step: the state of {made} has "
                "other entries"
            )
    rule_with(made, changed)
    processes.check(optimizer, made, optimizer.generator is not None)
    optimizer.generator = generator_for(made, optimizer.generator)
    optimizer.formed.add(changed["rule"])
    group.update(changed)
    if isinstance(group, Group):
        group.called(aliases(made))


def formed_as_saved(optimizer: Base, rule: Rule, saved: Mapping[str, Any]) -> Rule | None:
    """The rule in the form that a saved group says, if that is the rule that it names."""
    try:
        made = formed(rule, {**saved, "params": []})
    except SlalomError:
        return None
    text = str(form(made))
    if text != saved["rule"]:
        return None
    optimizer.rules_of_groups.setdefault(text, made)
    optimizer.formed.add(text)
    return made


def _those(said: Mapping[str, Any]) -> str:
    return " and ".join(said)

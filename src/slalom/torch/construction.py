"""How an optimizer and its groups are made: what may be given, checked before anything is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ..errors import SlalomError, clip
from ..rules import Partition, Rule, as_rule, chain
from ..rules import settings as settings_of
from ..rules.plans import bare
from . import kinds, processes, recipes
from .base import Base
from .changes import check_together, formed
from .division import divided, local
from .groups import check_group, checked, filled, form
from .parameter_group import Group
from .words import aliases, shapes


def check_options(state_dtype: Any, compile_: Any, lazy: Any, generator: Any) -> None:
    """Raise where one of the arguments on how to compute is not allowed."""
    if generator is not None and not isinstance(generator, torch.Generator):
        raise SlalomError(f"generator must be a torch.Generator, got {clip(repr(generator))}")
    if state_dtype is not None and not getattr(state_dtype, "is_floating_point", False):
        raise SlalomError(f"state_dtype must be a real dtype, got {clip(repr(state_dtype))}")
    if compile_ not in (True, False, None):
        raise SlalomError(f"compile must be True, False or None, got {clip(repr(compile_))}")
    if lazy not in (True, False):
        raise SlalomError(f"lazy must be True or False, got {clip(repr(lazy))}")


def defaults(rule: Rule, settings: Mapping[str, Any], maximize: bool) -> Group:
    """What a group has that says nothing else.

    Args:
        rule: the optimizer's, with its numbers.
        settings: given by keyword, of which those stay that choose among formulas.
        maximize: ascend instead of descend.
    """
    own = {} if isinstance(chain(rule)[-1], Partition) else settings_of(rule)
    usual = Group(own, maximize=maximize).called(aliases(rule))
    usual.update({name: settings[name] for name in shapes(rule) if name in settings})
    return usual


def new_groups(optimizer: Base, param_group: Any) -> list[Group]:
    """The groups that are made of one that was given: one for each part of a partition.

    The optimizer keeps their rule, and does not have the groups yet.

    Raises:
        SlalomError: a name or a value that is not allowed.
    """
    given = checked(param_group)
    usual: dict[str, Any] = {"maximize": optimizer.defaults["maximize"]}
    if "rule" in given:
        recipe = as_rule(given.pop("rule"))
        whole = bare(recipe)
    else:
        recipe, whole, usual = optimizer.recipe, optimizer.rule, dict(optimizer.defaults)
    made = []
    changes = recipes.changes_of(optimizer, recipe, given["params"])
    known = optimizer.roles, optimizer.facts
    for part, change, group in divided(given, whole, *known, changes):
        if part is not None:
            group["part"] = part
        rule = formed(local(whole, part), {**usual, **group})
        whole = rule if part is None else whole
        numbers = {**settings_of(rule), **usual}
        made.append(filled({**group, "rule": str(form(whole))}, numbers, aliases(rule)))
        recipes.scale(made[-1], rule, change)
        check_group(made[-1], rule)
        kinds.check(rule, group["params"])
    processes.check(optimizer, whole, optimizer.generator is not None)
    is_formed = "rule" not in param_group and whole is not optimizer.rule
    for group in made:
        check_together(optimizer, whole, group, is_formed)
    text = str(form(whole))
    if is_formed:
        optimizer.formed.add(text)
    optimizer.rules_of_groups.setdefault(text, whole)
    return made

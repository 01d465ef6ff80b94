"""What the recipes of a rule come to: the numbers of each parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..errors import SlalomError
from .leaf import Leaf
from .leaves import Leaves
from .partition import Partition
from .recipe import Change, Chosen, Recipe
from .rule import Rule
from .schedules import Schedule, Times
from .settings import chain, parts
from .wrapper import Wrapper

FACTORS = {"lr": "rate", "weight_decay": "decay"}
"""The fields of rules that a change multiplies, and by what."""

Said = dict[tuple[int, str], Recipe]
"""By the number of a leaf and the field of a change, the recipe that gave it."""


class Plan(NamedTuple):
    """The numbers of each parameter."""

    rule: Rule
    """without recipes"""
    leaf: list[Leaf]
    changes: list[Change]

    @property
    def live(self) -> list[int]:
        """The numbers of the leaves that are not frozen."""
        return [i for i, change in enumerate(self.changes) if not change.is_frozen]

    def of(self, at: Sequence[int]) -> Rule:
        """The rule of some leaves, with one number for each where they differ."""
        return changed(self.rule, [self.leaf[i] for i in at], [self.changes[i] for i in at])


def planned(
    rule: Rule, leaf: Sequence[Leaf], *, is_ordered: bool = False, checked: bool = True
) -> Plan:
    """What the recipes of a rule change for each parameter.

    Args:
        rule: with recipes, around it or in the parts of a partition.
        leaf: all parameters.
        is_ordered: whether they come in the order in which the model has them.
        checked: False where the same was checked before, for more parameters.

    Raises:
        SlalomError: a name that is of no parameter, two recipes that change the same number of one
            parameter, a rule that has no such number, or nothing that is left to train.
    """
    if not leaf:
        return Plan(bare(rule), [], [])
    changes = [Change()] * len(leaf)
    said: Said = {}
    without = bare(rule)
    for recipe, at in _recipes(rule, leaf, range(len(leaf))):
        if checked and isinstance(recipe, Chosen):
            recipe.check_names(leaf[i] for i in at)
        found = recipe.changes(leaf, is_ordered)
        own = [i for i in at if i in found]
        if checked:
            recipe.check_rules({i: _links(without, leaf[i]) for i in own}, leaf)
        for i in own:
            changes[i] = _both(changes[i], found[i], recipe, said, i, leaf[i])
    if checked and all(change.is_frozen for change in changes):
        raise SlalomError("frozen: every parameter is, so that there is nothing to train")
    pairs = zip(leaf, changes, strict=True)
    own = [replace(one, blocks=change.blocks) if change.blocks else one for one, change in pairs]
    return Plan(without, own, changes)


def bare(rule: Rule) -> Rule:
    """The rule without recipes: itself, where it has none."""
    if isinstance(rule, Recipe):
        return bare(rule.wrapped)
    if isinstance(rule, Wrapper):
        inside = rule.rule and bare(rule.rule)
        return rule if inside is rule.rule else rule.rebuilt(rule=inside)
    if not isinstance(rule, Partition):  # PyTorch's compiler cannot look at a rule's fields
        return rule
    held = {name: bare(one) for name, one in parts(rule).items()}
    is_same = all(getattr(rule, name) is one for name, one in held.items())
    return rule if is_same else rule.rebuilt(**held)


def changed(rule: Rule, leaf: Sequence[Leaf], changes: Sequence[Change]) -> Rule:
    """The rule of these leaves: numbers that differ are `Leaves`, of one for each."""
    own: dict[str, Any] = {}
    if isinstance(rule, Partition):
        for name, at in rule.parts(leaf).items():
            of_part = [leaf[i] for i in at], [changes[i] for i in at]
            own[name] = changed(getattr(rule, name), *of_part)
        return rule.rebuilt(**own)
    for name, what in FACTORS.items():
        factors = [getattr(change, what) for change in changes]
        if hasattr(rule, name) and any(factor is not None for factor in factors):
            values = [multiplied(factor, getattr(rule, name)) for factor in factors]
            is_one = all(_is_same(factor, factors[0]) for factor in factors)
            own[name] = values[0] if is_one else Leaves(values)
    if isinstance(rule, Wrapper):
        own["rule"] = changed(rule.wrapped, leaf, changes)
    return rule.rebuilt(**own) if own else rule


def multiplied(factor: Any, value: Any) -> Any:
    """A hyperparameter times the factor of a recipe; a schedule stays one."""
    if factor is None or value is None:
        return value
    return Times(factor, value) if isinstance(value, Schedule) else factor * value


def _recipes(
    rule: Rule, leaf: Sequence[Leaf], at: Sequence[int]
) -> Iterable[tuple[Recipe, Sequence[int]]]:
    """Every recipe in a rule, and the numbers of the leaves that it stands before."""
    for link in chain(rule):
        if isinstance(link, Recipe):
            yield link, at
        elif isinstance(link, Partition):
            for name, own in link.parts(leaf[i] for i in at).items():
                yield from _recipes(getattr(link, name), leaf, [at[k] for k in own])


def _links(rule: Rule, leaf: Leaf) -> list[Rule]:
    """The wrappers around the rule of a leaf, and that rule."""
    *around, last = chain(rule)
    inside = _links(getattr(last, last.part(leaf)), leaf) if isinstance(last, Partition) else [last]
    return [*around, *inside]


def _both(
    before: Change, new: Change, recipe: Recipe, said: Said, index: int, leaf: Leaf
) -> Change:
    """Two changes of one parameter as one.

    Raises:
        SlalomError: both change the same number, and neither makes it 0.
    """
    own: dict[str, Any] = {}
    for what, name in (("rate", "lr"), ("decay", "weight_decay"), ("blocks", "blocks")):
        first, then = getattr(before, what), getattr(new, what)
        if None not in (first, then) and not (_is_same(first, 0) or _is_same(then, 0)):
            other = said[index, what]
            raise SlalomError(
                f"{leaf.name or 'a parameter'}: two recipes change its {name}, {_alone(other)} "
                f"and {_alone(recipe)}: leave it out of one of them"
            )
        if then is not None:
            said[index, what] = recipe
        own[what] = then if first is None else first if then is None else 0.0
    frozen, noted = before.is_frozen or new.is_frozen, before.is_noted or new.is_noted
    return Change(**own, is_frozen=frozen, is_noted=noted)


def _alone(recipe: Recipe) -> str:
    return str(recipe.rebuilt(rule=None))


def _is_same(a: Any, b: Any) -> bool:
    """Whether two factors are the same number, as far as that is known: some may be traced."""
    are_plain = isinstance(a, (int, float)) and isinstance(b, (int, float))
    return a is b or (are_plain and a == b)

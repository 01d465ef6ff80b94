"""Parameter groups of one form, whose parameters one rule steps together, as one tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import SlalomError
from ..rules import Leaf, Partition, Rule, Schedule, Wrapper, chain, stepping
from ..rules.leaves import Leaves
from ..rules.value import is_hyper, own_fields
from .entries import SHARED, Form, apart, separate
from .groups import form
from .parameters import Parameter

COUNT = SHARED + "step"
"""The name in a group of the number of steps that its tree took, where a rule goes by it."""


class Member(NamedTuple):
    """One group of a tree in a step."""

    place: int
    """the number of the group"""
    group: dict[str, Any]
    rule: Rule
    """with the numbers of the group"""
    parameters: list[Parameter]


class Tree:
    """The groups of one form in a step.

    Args:
        rule: of all groups, with any numbers.
        members: the groups, of which each has parameters.
        forms: what states look like, found again by `form_of`.
    """

    def __init__(self, rule: Rule, members: Sequence[Member], forms: dict[Any, Form]):
        self.members = list(members)
        self.parameters = [one for member in members for one in member.parameters]
        self.rule = joined(rule, self.members)
        """of all groups: where their numbers differ, one for each parameter"""
        self.form = form_of(self.rule, self.parameters, forms)
        for one, names in zip(self.parameters, self.form.names, strict=True):
            one.names = names
        self._begun = self._begin(rule)
        self.is_counted = goes_by_count(rule)
        counted = [m.group.get(COUNT, 0) + 1 for m in members] if self.is_counted else []
        counts = [one.t for one in self.parameters]
        self.t = max(counted + counts)
        self.counts = None if all(t == self.t for t in counts) else Leaves(counts)

    @property
    def x(self) -> Leaves:
        """The iterate."""
        return Leaves([one.x for one in self.parameters])

    @property
    def leaf(self) -> list[Leaf]:
        """What is known of the parameters."""
        return [one.leaf for one in self.parameters]

    @property
    def shared(self) -> dict[str, Any]:
        """The entries of the state that the parameters share."""
        group = self.members[0].group
        held = {n: group[SHARED + n] for n in self.form.shared if SHARED + n in group}
        return {**self._begun, **held}

    @property
    def state(self) -> Any:
        """The state, whose entries are those that are kept."""
        return self.form.filled([one.kept for one in self.parameters], self.shared)

    def _begin(self, rule: Rule) -> dict[str, Any]:
        """Let the states begin of parameters that have none; what they would share."""
        alone = [
            m._replace(parameters=[p for p in m.parameters if "step" not in p.kept])
            for m in self.members
        ]
        members = [member for member in alone if member.parameters]
        if not members:
            return {}
        new = [one for member in members for one in member.parameters]
        own, shared = begun(joined(rule, members), new)
        for one, entries in zip(new, own, strict=True):
            one.kept = {**one.kept, "step": 0, **entries}
        return shared

    def keep_shared(self, entries: Mapping[str, Any], t: int) -> None:
        """Let all groups hold these shared entries, and how many steps the tree took by now."""
        for member in self.members:
            for name in self.form.shared:
                member.group.pop(SHARED + name, None)
            member.group.update({SHARED + name: entry for name, entry in entries.items()})
            if self.is_counted:
                member.group[COUNT] = t


def form_of(rule: Rule, parameters: Sequence[Parameter], forms: dict[Any, Form]) -> Form:
    """What the state of some parameters looks like."""
    absent = tuple(value is None for link in chain(rule) for value in vars(link).values())
    key = (form(rule), absent, *((one.leaf, one.x.dtype) for one in parameters))
    if key not in forms:
        leaf, dtypes = [one.leaf for one in parameters], [one.x.dtype for one in parameters]
        forms[key] = Form(rule, leaf, dtypes)
    return forms[key]


def begun(
    rule: Rule, parameters: Sequence[Parameter]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The entries of new states: those of each parameter, and those that they share."""
    xs = Leaves([one.x for one in parameters])
    state = stepping.begin(rule, xs, [one.leaf for one in parameters])
    own, shared = apart(state, len(parameters))
    found = [separate(e, one.x) for e, one in zip(own, parameters, strict=True)]
    return found, separate(shared, parameters[0].x)


def goes_by_count(rule: Rule) -> bool:
    """Whether something that couples parameters depends on how many steps they took together."""
    if any(goes_by_count(one) for one in rule.inside()):
        return True
    if not rule.coupled or isinstance(rule, Partition):
        return False
    asked = {name for names in rule.arguments.values() for name in names}
    return "t" in asked or any(isinstance(value, Schedule) for value in vars(rule).values())


def joined(rule: Rule, members: Sequence[Member]) -> Rule:
    """One rule for all members: where their numbers differ, one for each parameter."""
    if isinstance(rule, Partition):
        parts: dict[str, list[Member]] = {}
        for member in members:
            parts.setdefault(member.group["part"], []).append(member)
        return rule.rebuilt(**{n: joined(getattr(rule, n), own) for n, own in parts.items()})
    own = _alike([m.rule for m in members], [len(m.parameters) for m in members])
    if not isinstance(rule, Wrapper):
        return own
    return own.rebuilt(rule=joined(rule.wrapped, [unwrapped(m) for m in members]))


def together(members: Sequence[Member]) -> Sequence[Member]:
    """The groups as one, if they are of one part of a partition and have the same numbers."""
    first = members[0]
    known = first.rule, first.group.get("part")
    if any((member.rule, member.group.get("part")) != known for member in members):
        return members
    return [first._replace(parameters=[one for m in members for one in m.parameters])]


def unwrapped(member: Member) -> Member:
    """The group with the rule inside its wrapper."""
    return member._replace(rule=member.rule.wrapped)  # pyright: ignore[reportAttributeAccessIssue]


def _alike(rules: Sequence[Rule], sizes: Sequence[int]) -> Rule:
    """One rule for several that differ in their own numbers only; the rules inside are ignored."""
    changed = {}
    for field in filter(is_hyper, own_fields(rules[0])):
        values = [getattr(rule, field.name) for rule in rules]
        if any(v != values[0] for v in values):
            if any(v is None or isinstance(v, tuple) for v in values):
                raise SlalomError(f"{field.name} must be the same in all parameter groups")
            many = zip(values, sizes, strict=True)
            changed[field.name] = Leaves([v for v, size in many for _ in range(size)])
    return rules[0].rebuilt(**changed) if changed else rules[0]

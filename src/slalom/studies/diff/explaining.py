"""Which settings explain that two rules of one kind part: found by trying, along one way."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import SlalomError
from ...rules import Rule, chain
from ...rules.value import own_fields, written
from .sides import RuleSide, Side
from .walks import Walk, distances, follow

# the link of the chain, outermost first, its field, and where it is a part of a partition, the
# place in that
Place = tuple[int, str, *tuple[Any, ...]]
WRAPPERS: Place = (-1, "wrappers")


@dataclass(frozen=True)
class Setting:
    """A setting in which the two differ.

    Attributes:
        name: of the field, after its wrapper's name where a rule inside has such a field too;
            `wrappers` where not both have the same ones.
        a: its value in the first, as text.
        b: its value in the second.
        alone: the share of the distance between the two that goes where the first has this
            one value of the second's, 1 where nothing is left, below 0 where the distance
            grows; the mean of the arenas in which they part. None where it is not a number.
    """

    name: str
    a: str
    b: str
    alone: float | None = None


@dataclass(frozen=True)
class Explanation:
    """Why two optimizers part, or why they do not.

    Attributes:
        verdict: one sentence.
        settings: in which they differ, where both are one rule of Slalom's.
        needed: the names of the fewest of them that explain all: with the second's values
            of these the first becomes the second, to rounding. None where nothing does.
        strayed: which of the two, `a` or `b`, is a library's optimizer that does not do as
            its library's preset here does: a finding, about the library or about Slalom.
    """

    verdict: str
    settings: tuple[Setting, ...] = ()
    needed: tuple[str, ...] | None = None
    strayed: tuple[str, ...] = ()


def differing(a: Rule, b: Rule) -> dict[str, Place] | None:
    """By name, where two rules of one kind differ; None if they are of different kinds."""
    ours, theirs = chain(a), chain(b)
    if type(ours[-1]) is not type(theirs[-1]):
        return None
    found: dict[str, Place] = {}
    if [type(link) for link in ours] != [type(link) for link in theirs]:
        found["wrappers"] = WRAPPERS
        pairs = [(ours[-1], theirs[-1])]
    else:
        pairs = list(zip(ours, theirs, strict=True))
    for index, (own, other) in enumerate(pairs, len(ours) - len(pairs)):
        for field in own_fields(own):
            first, second = getattr(own, field.name), getattr(other, field.name)
            if first == second:
                continue
            inner = {f.name for link in ours[index + 1 :] for f in own_fields(link)}
            label = f"{own.name}." if field.name in inner else ""
            if isinstance(first, Rule) and isinstance(second, Rule):
                within = differing(first, second)
            else:
                within = None
            if within is None:
                found[label + field.name] = (index, field.name)
            else:
                found |= {f"{field.name}.{n}": (index, field.name, at) for n, at in within.items()}
    return found


def changed(a: Rule, b: Rule, places: Iterable[Place]) -> Rule:
    """The rule `a` with the values that `b` has at these places.

    Raises:
        SlalomError: some of these values are allowed together with others only.
    """
    ours, theirs = chain(a), chain(b)
    shift, places = len(theirs) - len(ours), list(places)
    for index, link in enumerate(ours):
        values: dict[str, Any] = {}
        for name in dict.fromkeys(place[1] for place in places if place[0] == index):
            given = getattr(theirs[index + shift], name)
            within: list[Any] = [p[2] for p in places if p[:2] == (index, name) and p[2:]]
            values[name] = changed(getattr(link, name), given, within) if within else given
        if values:
            ours[index] = link.replace(**values)
    wrappers = theirs[:-1] if WRAPPERS in places else ours[:-1]
    made = ours[-1]
    for wrapper in reversed(wrappers):
        made = wrapper.rebuilt(rule=made)
    return made


def value_at(rule: Rule, place: Place) -> str:
    """What a rule has there, as text."""
    links = chain(rule)
    if place == WRAPPERS:
        return " | ".join(link.rebuilt(rule=None).text() for link in links[:-1]) or "none"
    index, name, *within = place
    held = getattr(links[index], name)
    return value_at(held, within[0]) if within else written(held, name)


@dataclass(frozen=True, eq=False)
class Goal:
    """What the second optimizer does along the ways of the first, one way for each arena."""

    ways: list[Walk]
    points: list[np.ndarray]  # for each way, the point that the second judges after each step

    def reached(self, drive: Callable[[Any], Side]) -> bool:
        """Whether an optimizer does the same, to rounding; left at the first step that differs."""
        for way, points in zip(self.ways, self.points, strict=True):
            rounding = way.rounding
            steps = follow(drive(way.arena), way)
            for t, (own, other) in enumerate(zip(steps, points, strict=True), start=1):
                if distances(own[None], other[None])[0] > rounding[t]:
                    return False
        return True

    def apart(self, drive: Callable[[Any], Side]) -> list[np.ndarray]:
        """For each way, how far an optimizer is from it after each step."""
        found = []
        for way, points in zip(self.ways, self.points, strict=True):
            own = np.array(list(follow(drive(way.arena), way)))
            found.append(distances(own, points))
        return found


def explained(a: Rule, b: Rule, goal: Goal) -> tuple[tuple[Setting, ...], tuple[str, ...] | None]:
    """In which settings `a` and `b` differ, and the fewest of them that lead `a` to the goal.

    Args:
        a: a rule, of the same kind as `b`.
        b: the rule whose values are tried.
        goal: where they should lead.
    """
    places = differing(a, b) or {}
    return _effects(a, b, goal, places), _needed(a, b, goal, places)


def _effects(a: Rule, b: Rule, goal: Goal, places: Mapping[str, Place]) -> tuple[Setting, ...]:
    usual = goal.apart(functools.partial(RuleSide, a))
    parted = [
        i
        for i, (way, apart) in enumerate(zip(goal.ways, usual, strict=True))
        if (apart > way.rounding[1:]).any()
    ]
    settings = []
    for name, place in places.items():
        rule, alone = _tried(a, b, [place]), np.nan
        if rule is not None and parted:
            left = goal.apart(functools.partial(RuleSide, rule))
            alone = float(np.mean([1 - _size(left[i]) / _size(usual[i]) for i in parted]))
        values = (value_at(a, place), _other(a, b, place))
        settings.append(Setting(name, *values, alone if np.isfinite(alone) else None))
    return tuple(settings)


def _size(apart: np.ndarray) -> float:
    """Distances as one number, those left out where both have failed."""
    with np.errstate(all="ignore"):
        return float(np.linalg.norm(apart[~np.isnan(apart)]))


def _other(a: Rule, b: Rule, place: Place) -> str:
    shift = len(chain(b)) - len(chain(a))
    if place == WRAPPERS:
        return value_at(b, place)
    index, name, *within = place
    if within:
        ours, theirs = getattr(chain(a)[index], name), getattr(chain(b)[index + shift], name)
        return _other(ours, theirs, within[0])
    return value_at(b, (index + shift, name))


def _needed(a: Rule, b: Rule, goal: Goal, places: Mapping[str, Place]) -> tuple[str, ...] | None:
    """The names of the fewest settings that explain all, the first such set by order."""
    if not _leads(a, b, goal, places.values()):
        return None
    for names in _subsets(list(places)):
        if _leads(a, b, goal, [places[name] for name in names]):
            return names
    return tuple(places)


def _subsets(names: list[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(names)):
        yield from itertools.combinations(names, size)


def _leads(a: Rule, b: Rule, goal: Goal, places: Iterable[Place]) -> bool:
    rule = _tried(a, b, places)
    return rule is not None and goal.reached(functools.partial(RuleSide, rule))


def _tried(a: Rule, b: Rule, places: Iterable[Place]) -> Rule | None:
    """The changed rule; None where these values do not go together."""
    try:
        return changed(a, b, places)
    except SlalomError:
        return None

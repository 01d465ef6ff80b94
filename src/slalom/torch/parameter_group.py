"""A parameter group: numbers under the rule's names and PyTorch's, schedules as numbers too."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import SlalomError, clip
from ..rules import Schedule

Aliases = Mapping[str, "str | tuple[str, ...]"]
"""From names of PyTorch's to the rule's: to one, to several, or with a minus to its negative."""


class Scheduled(float):
    """The value of a schedule at one step, with the schedule.

    Args:
        schedule: a function of the number of the step.
        t: that number, from 1.
    """

    schedule: Schedule

    def __new__(cls, schedule: Schedule, t: int):
        new = super().__new__(cls, _value(schedule, t))
        new.schedule = schedule
        return new

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Schedule, Scheduled)):
            return self.schedule == getattr(other, "schedule", other)
        return float(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(float(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return _scheduled, (float(self), self.schedule)


class _Floats:
    """The words of array libraries that formulas of schedules use, for floats: they are quick."""

    exp, cos, floor = staticmethod(math.exp), staticmethod(math.cos), staticmethod(math.floor)
    minimum, maximum = staticmethod(min), staticmethod(max)

    @staticmethod
    def where(condition: bool, a: float, b: float) -> float:
        return a if condition else b

    @staticmethod
    def ones_like(a: float) -> float:
        return 1.0

    @staticmethod
    def zeros_like(a: float) -> float:
        return 0.0


def _value(schedule: Schedule, t: int) -> float:
    """What a schedule is at a step, to be shown: up to rounding."""
    try:
        return float(schedule.value(float(t), _Floats))
    except Exception:  # one that is made of schedules or arrays, or a user's with other words
        return schedule(t)


def _scheduled(value: float, schedule: Schedule) -> Scheduled:
    new = float.__new__(Scheduled, value)
    new.schedule = schedule
    return new


class Group(dict):
    """A parameter group, in which hyperparameters have PyTorch's names beside the rule's.

    `betas` is beta1 and beta2 together. Both are ordinary entries: whichever is set, the other
    follows, so that every way to read a group gives the same. A schedule becomes the number that
    it is at the next step, a `Scheduled`.

    Args:
        given: the entries, or another group.
        more: further entries.
    """

    __slots__ = ("aliases", "t")
    aliases: Aliases
    t: int
    """how many steps its parameters took, at most, as far as schedules know"""

    def __init__(self, given: Mapping[str, Any] | Iterable[Any] = (), **more: Any):
        super().__init__()
        self.aliases, self.t = {}, getattr(given, "t", 0)
        self.update(given)
        self.aliases = aliases_of(given)
        self.update(more)

    def called(self, aliases: Aliases) -> Group:
        """This group, with these further names for its hyperparameters.

        Raises:
            SlalomError: an entry of such a name says something else.
        """
        self.aliases = aliases
        for theirs, ours in aliases.items():
            value = together(ours, self)
            if theirs in self and not _same(self[theirs], value):
                raise SlalomError(
                    f"{theirs} is {self[theirs]} in a parameter group where "
                    f"{' and '.join(names(ours))} say {value}: give one of them"
                )
            super().__setitem__(theirs, value)
        return self

    def __setitem__(self, key: str, value: Any) -> None:
        if key == "initial_lr":
            self._meet_scheduler()
        if isinstance(value, Schedule):
            value = Scheduled(value, self.t + 1)
        super().__setitem__(key, value)
        if key in self.aliases:
            for name, part in apart(self.aliases[key], value).items():
                super().__setitem__(name, part)
        else:
            for theirs, ours in self.aliases.items():
                if key in names(ours):
                    super().__setitem__(theirs, together(ours, self))

    def update(self, given: Any = (), /, **more: Any) -> None:
        for key, value in {**dict(given), **more}.items():
            self[key] = value

    def __ior__(self, given: Any) -> Group:
        self.update(given)
        return self

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def copy(self) -> Group:
        return Group(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (dict(self), self.aliases, self.t)

    def advance(self, t: int) -> None:
        """Let schedules show what they are after step `t`."""
        self.t = t
        for name, value in [item for item in self.items() if type(item[1]) is Scheduled]:
            self[name] = value.schedule

    def _meet_scheduler(self) -> None:
        """Refuse a scheduler of PyTorch, which begins by noting the initial rate."""
        rate = self.get("lr")
        if isinstance(rate, Scheduled):
            raise SlalomError(
                f"lr is the schedule {rate.schedule!r}, which a scheduler of PyTorch cannot "
                "change: give a number for lr, or leave the scheduler out"
            )


def _restored(entries: dict[str, Any], aliases: Aliases, t: int) -> Group:
    new = Group()
    dict.update(new, entries)
    new.aliases, new.t = aliases, t
    return new


def aliases_of(group: Any) -> Aliases:
    """The further names for hyperparameters that a group has; a plain dict has none."""
    return getattr(group, "aliases", {})


def names(alias: str | tuple[str, ...]) -> tuple[str, ...]:
    """The rule's names that a name of PyTorch's stands for."""
    return alias if isinstance(alias, tuple) else (alias.removeprefix("-"),)


def apart(alias: str | tuple[str, ...], value: Any) -> dict[str, Any]:
    """A value of PyTorch's as the rule's hyperparameters."""
    if not isinstance(alias, tuple):
        return {names(alias)[0]: _signed(alias, value)}
    parts = tuple(value) if isinstance(value, Iterable) else (value,)
    if len(parts) != len(alias):
        raise SlalomError(
            f"{' and '.join(alias)} are given together, as {len(alias)} numbers, got "
            f"{clip(repr(value))}"
        )
    return dict(zip(alias, parts, strict=True))


def together(alias: str | tuple[str, ...], group: Mapping[str, Any]) -> Any:
    """The rule's hyperparameters as PyTorch has them."""
    found = tuple(group[name] for name in names(alias))
    return found if isinstance(alias, tuple) else _signed(alias, found[0])


def _signed(alias: str, value: Any) -> Any:
    return -value if alias.startswith("-") and value is not None else value


def _same(a: Any, b: Any) -> bool:
    """Whether two values are equal, a list being a tuple."""
    return all(
        x is y or x == y
        for x, y in zip(*(v if isinstance(v, (tuple, list)) else (v,) for v in (a, b)), strict=True)
    )

"""A rule around a rule, joined by `|`, as in `ClipNorm(1.0) | Adam(lr=0.1)`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..errors import SlalomError
from .leaves import Leaves
from .rule import Rule


def inner() -> Any:
    """A field that holds a rule inside another."""
    return field(default=None, kw_only=True, repr=False, metadata={"kind": "inner"})


def part(doc: str) -> Any:
    """A field that holds a rule among others, or None; text may set it.

    Args:
        doc: one phrase: what the rule is for.
    """
    return field(default=None, kw_only=True, metadata={"kind": "part", "doc": doc})


@dataclass(frozen=True)
class Wrapper(Rule):
    """A rule around a rule: changes the gradient before it, or the step after it, or both.

    A subclass that only changes gradients gives `gradient(g, x)`: then every gradient that the
    rule inside gets is changed, at its own point. Any other gives `update`, in which `step` is
    the rule inside: `step()` is its step, `step(g)` that for another gradient, `step(g, x)` at
    another point, and `step.rate` what a step is proportional to. Formulas take all leaves as
    one vector. `a | b | rule` applies a to the gradient first, then b.
    """

    coupled = True
    wraps = True
    shown_bare = 1

    gradient: ClassVar[Callable[..., Leaves]]
    """What the rule inside sees of a gradient taken at `x`."""

    rule: Rule | None = inner()

    def __post_init__(self):
        super().__post_init__()
        if self.rule is not None and not isinstance(self.rule, Rule):
            raise SlalomError(f"{self.name}: can only wrap a rule, not {self.rule!r}")

    def __or__(self, other: Rule) -> Wrapper:
        if not isinstance(other, Rule):
            return NotImplemented
        return self.rebuilt(rule=other if self.rule is None else _join(self.rule, other))

    @property
    def wrapped(self) -> Rule:
        """The rule inside.

        Raises:
            SlalomError: there is none yet.
        """
        if self.rule is None:
            raise SlalomError(f"{self.name} wraps a rule and has none: {self.text()} | adam()")
        return self.rule

    def inside(self) -> tuple[Rule, ...]:
        return (self.wrapped,)

    def text(self, full: bool = False) -> str:
        """The text that makes this rule, for example `clip_norm(1.0) | adam(lr=0.1)`."""
        own = super().text(full)
        return own if self.rule is None else f"{own} | {self.rule.text(full)}"


def _join(first: Rule, then: Rule) -> Wrapper:
    if not isinstance(first, Wrapper):
        raise SlalomError(f"{first.name} is no wrapper: nothing can follow it after |")
    return first | then

"""A rule's compiled loop: made once for its conventions and a dtype."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ..immutable import remembered
from ..lowering import Formula, Plan, lowered, planned
from ..rules import Rule, chain
from .loops import named
from .source import source
from .store import imported
from .work import Loop


@dataclass(frozen=True)
class Kernel:
    """The compiled functions, and the formula that they compute."""

    dtype: str
    module: ModuleType
    formula: Formula

    @functools.cached_property
    def plan(self) -> Plan:
        """What is computed in which pass."""
        return planned(self.formula)

    @functools.cached_property
    def loop(self) -> Loop:
        """The loop that steps; like all loops it runs without the interpreter's lock."""
        return _loop(self.module.advance)

    @functools.cached_property
    def prepares(self) -> list[Callable[..., None]]:
        """For each pass, what computes the numbers that it takes from before it."""
        return [getattr(self.module, n) for n in named("prepare", self.plan)]

    @functools.cached_property
    def reduces(self) -> list[Loop]:
        """The loops of all passes of sums."""
        return [_loop(getattr(self.module, n)) for n in named("reduce", self.plan)[:-1]]


def _loop(compiled: Any) -> Loop:
    return Loop(compiled.ctypes, compiled.address)


@remembered
def text_of(skeleton: Rule, dtype: str) -> str:
    """The source of a kernel.

    Args:
        skeleton: the rule with the kinds of its numbers, as `lowering.skeleton` gives it.
        dtype: of the parameters.

    Raises:
        SlalomError: the rule cannot be fused.
    """
    return source(lowered(skeleton, dtype), _named(skeleton), dtype)


@remembered
def kernel_of(skeleton: Rule, dtype: str) -> Kernel:
    """The kernel, compiled or loaded.

    Raises:
        SlalomError: the rule cannot be fused.
    """
    module = imported(text_of(skeleton, dtype), _named(skeleton).replace(" | ", "-"))
    return Kernel(dtype, module, lowered(skeleton, dtype))


def _named(skeleton: Rule) -> str:
    return " | ".join(link.name for link in chain(skeleton))

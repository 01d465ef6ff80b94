"""A rule's compiled loop: made once for its conventions and a dtype."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from ..immutable import remembered
from ..lowering import Formula, Plan, lowered, planned
from ..rules import Rule, outline
from .loops import named, width
from .machine import Function, Machine
from .source import source
from .store import machine


@dataclass(frozen=True)
class Kernel:
    """The compiled functions, and the formula that they compute."""

    dtype: str
    machine: Machine
    formula: Formula

    @functools.cached_property
    def plan(self) -> Plan:
        """What is computed in which pass."""
        return planned(self.formula)

    @functools.cached_property
    def loop(self) -> Function:
        """The loop that steps; like all loops it runs without the interpreter's lock."""
        return self.machine.functions["advance"]

    @functools.cached_property
    def prepares(self) -> list[Callable[..., int]]:
        """For each pass, what computes the numbers that it takes from before it."""
        return [self.machine.functions[name].call for name in named("prepare", self.plan)]

    @functools.cached_property
    def reduces(self) -> list[Function]:
        """The loops of all passes of sums."""
        return [self.machine.functions[name] for name in named("reduce", self.plan)[:-1]]

    @functools.cached_property
    def width(self) -> int:
        """How many numbers a loop takes from before it, at most."""
        return width(self.plan)


@remembered
def text_of(skeleton: Rule, dtype: str) -> str:
    """The source of a kernel.

    Args:
        skeleton: the rule with the kinds of its numbers, as `lowering.skeleton` gives it.
        dtype: of the parameters.

    Raises:
        SlalomError: the rule cannot be fused.
    """
    return source(lowered(skeleton, dtype), outline(skeleton), dtype)


@remembered
def kernel_of(skeleton: Rule, dtype: str) -> Kernel:
    """The kernel, compiled or loaded.

    Raises:
        SlalomError: the rule cannot be fused.
    """
    code = machine(text_of(skeleton, dtype), outline(skeleton).replace(" | ", "-"))
    return Kernel(dtype, code, lowered(skeleton, dtype))

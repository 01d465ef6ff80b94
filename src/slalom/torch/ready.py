"""A step like the one before: what was looked up for that one is checked, and used again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import is_
from typing import Any, NamedTuple

import torch

from .. import kernels
from ..rules import Rule


class Slot(NamedTuple):
    """A parameter that a fused kernel steps, and where everything of it was."""

    p: torch.Tensor
    kept: dict[str, Any]
    """the entries of its state, and the count of steps"""
    names: list[str]
    """of the entries"""
    pointers: list[int]
    """of the parameter and the entries"""
    strides: tuple[int, ...]


class ReadyGroup(NamedTuple):
    """A parameter group that one call of a kernel steps."""

    group: dict[str, Any]
    size: int
    """of the group"""
    params: list[torch.Tensor]
    """all of its parameters"""
    names: list[str]
    values: list[Any]
    """its numbers, and what else says which rule it has: with equal ones that is the same"""
    rule: Rule
    stepper: Any
    slots: list[Slot]
    has_schedule: bool
    idle: list[torch.Tensor]
    """its parameters without a gradient"""
    xs: list[Any]
    """NumPy's views of the parameters"""
    states: list[Any]
    """and of their states"""

    def again(self, states: dict[Any, Any], threads: int) -> Callable[[], None] | None:
        """The next step, checked and yet to be taken; None where anything else has changed."""
        group = self.group
        if len(group) != self.size:
            return None
        try:
            if [group[name] for name in self.names] != self.values:
                return None
        except RuntimeError:  # a tensor of several numbers is equal to none
            return None
        if not _same(group["params"], self.params) or group["maximize"]:
            return None
        if self.idle and any(p.grad is not None for p in self.idle):
            return None
        t = self.slots[0].kept["step"]
        begins: list[int] = []
        layouts: list[Any] = []
        gs = []
        for p, kept, names, pointers, strides in self.slots:
            g = p.grad
            if (
                g is None
                or not _is_plain(g)
                or g.dtype is not p.dtype
                or kept["step"] != t
                or states.get(p) is not kept
                or [p.data_ptr(), *[kept[n].data_ptr() for n in names]] != pointers
                or p.stride() != strides
            ):
                return None
            gs.append(g)
            begins.append(g.data_ptr())
            layouts.append((g.shape, g.stride(), g.dtype))
        given = kernels.Gradients(begins, layouts, lambda: [g.numpy() for g in gs])
        return self.stepper.prepared(
            self.xs, given, self.states, t + 1, rule=self.rule, threads=threads
        )

    def finish(self) -> None:
        """Count the step, and let autograd know of it."""
        for slot in self.slots:
            slot.kept["step"] += 1
        if self.has_schedule:
            self.group.advance(self.slots[0].kept["step"])  # pyright: ignore (a Group)
        torch.autograd.graph.increment_version([slot.p for slot in self.slots])


def again(
    groups: Sequence[ReadyGroup], now: Sequence[dict[str, Any]], states: dict[Any, Any]
) -> bool:
    """Take the next step of all groups; False where anything else has changed since the last.

    Args:
        groups: as the last step left them.
        now: the optimizer's groups.
        states: the optimizer's states.
    """
    if not _same(now, [ready.group for ready in groups]):
        return False
    threads, taken = torch.get_num_threads(), []
    for group in groups:
        step = group.again(states, threads)
        if step is None:
            return False
        taken.append(step)
    for step in taken:
        step()
    for group in groups:
        group.finish()
    return True


def _same(some: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether two sequences hold the same objects."""
    return len(some) == len(others) and all(map(is_, some, others))


def _is_plain(g: torch.Tensor) -> bool:
    """Whether a gradient can be used as it is."""
    return (
        type(g) is torch.Tensor
        and g.layout is torch.strided
        and not (g.requires_grad or g.is_neg() or g._is_zerotensor())
    )

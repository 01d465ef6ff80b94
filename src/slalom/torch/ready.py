"""A step like the one before: what was looked up for that one is checked, and used again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from .. import kernels
from ..rules import Rule


class Slot(NamedTuple):
    """A parameter that a fused kernel steps, and where everything of it was."""

    p: torch.Tensor
    kept: dict[str, Any]
    """the entries of its state, and the count of steps"""
    entries: tuple[torch.Tensor, ...]
    pointers: tuple[int, ...]
    """of the parameter and the entries"""
    strides: tuple[int, ...]


class Batch(NamedTuple):
    """Parameters that one call of a kernel steps."""

    stepper: Any
    rule: Rule
    slots: list[Slot]
    xs: list[Any]
    """NumPy's views of the parameters"""
    states: list[Any]
    """and of their states"""


class Group(NamedTuple):
    """A parameter group whose step is one batch."""

    group: dict[str, Any]
    names: list[str]
    values: list[Any]
    """plain numbers, so that equal ones are the same step"""
    batch: Batch
    idle: list[torch.Tensor]
    """its parameters without a gradient"""


def again(groups: Sequence[Group], state: dict[Any, Any], t: list[int]) -> list[Callable] | None:
    """The steps of all groups, checked and yet to be taken; None where anything has changed.

    Args:
        groups: as the step before left them.
        state: the optimizer's.
        t: takes the number of each group's step.
    """
    many, taken = torch.get_num_threads(), []
    for group, names, values, batch, idle in groups:
        if [group[name] for name in names] != values or group["maximize"]:
            return None
        if any(p.grad is not None for p in idle):
            return None
        step = batch.slots[0].kept["step"] + 1
        pointers, layouts, gs = [], [], []
        for p, kept, entries, known, strides in batch.slots:
            g = p.grad
            if g is None or state.get(p) is not kept or kept["step"] + 1 != step:
                return None
            if (
                g.dtype is not p.dtype
                or g.layout is not torch.strided
                or g.requires_grad
                or g.is_neg()
                or g._is_zerotensor()
                or type(g) is not torch.Tensor
            ):
                return None
            if (p.data_ptr(), *[e.data_ptr() for e in entries]) != known or p.stride() != strides:
                return None
            gs.append(g)
            pointers.append(g.data_ptr())
            layouts.append((g.shape, g.stride(), g.dtype))
        given = kernels.Gradients(pointers, layouts, lambda gs=gs: [g.numpy() for g in gs])
        taken.append(
            batch.stepper.prepared(
                batch.xs, given, batch.states, step, rule=batch.rule, threads=many
            )
        )
        t.append(step)
    return taken

"""Training in several processes: what a rule cannot do there is refused."""

from __future__ import annotations

import sys

import torch

from ..errors import SlalomError
from ..lowering import lowered, skeleton
from ..rules import Rule, outline


def check(optimizer: torch.optim.Optimizer, rule: Rule, has_generator: bool) -> None:
    """Raise where steps would not be those of one process that has all parameters.

    Args:
        optimizer: the one whose groups are being made.
        rule: what it steps by.
        has_generator: whether the user has given the source of the draws.

    Raises:
        SlalomError: the rule takes all parameters together and this optimizer gets a part of
            them, or it draws, and each process would draw other numbers.
    """
    if not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return
    if torch.distributed.get_world_size() < 2:
        return
    draws = "key" in rule.needs
    divider = _maker(optimizer)
    if divider and (draws or takes_all_together(rule)):
        name = type(divider).__name__
        does = "draws for" if draws else "takes"
        raise SlalomError(
            f"{outline(rule)} {does} all parameters together, and {name} gives each process a part "
            "of them: use fully_shard of torch.distributed.fsdp, or clip_grad_norm_ before the step"
        )
    if draws and not has_generator:
        raise SlalomError(
            f"{outline(rule)} draws, and all processes must draw the same: give "
            "generator=torch.Generator().manual_seed(0), with the same seed in each process"
        )


def takes_all_together(rule: Rule) -> bool:
    """Whether the step of one parameter depends on the gradients of others.

    A rule that cannot be lowered to a graph, as one that asks for gradients elsewhere, is taken
    to be so if its formula is given all parameters at once.
    """
    if not rule.needs <= {"g", "key"}:
        return any(link.coupled for link in _all(rule))
    try:
        return lowered(skeleton(rule), "float64").is_coupled
    except SlalomError:
        return any(takes_all_together(one) for one in rule.inside()) or rule.coupled


def _all(rule: Rule) -> list[Rule]:
    return [rule, *(inner for one in rule.inside() for inner in _all(one))]


def _maker(optimizer: torch.optim.Optimizer) -> torch.optim.Optimizer | None:
    """The optimizer that makes this one, to step a part of its parameters; None: there is none."""
    frame = sys._getframe(1)
    while frame is not None:
        found = frame.f_locals.get("self")
        if isinstance(found, torch.optim.Optimizer) and found is not optimizer:
            return found
        frame = frame.f_back
    return None

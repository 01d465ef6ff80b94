"""Gradients from the closure, asked at the points where the rule wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from ..errors import SlalomError, unknown
from ..rules import Average, Rule, Wrapper, chain
from .stepping import gradient

Closure = Callable[[], Any]
_CALL = (
    "call optimizer.step(closure) with a function that zeroes the gradients, computes the loss, "
    "calls backward and returns the loss"
)
_AT_THE_ITERATE = (Rule.probes, Wrapper.probes, Average.probes)


def looks_elsewhere(rule: Rule) -> bool:
    """Whether a rule asks for the gradient anywhere but where the parameters are."""
    if all(type(link).probes in _AT_THE_ITERATE for link in chain(rule)):
        return False
    x = torch.zeros(1)
    probes = rule.probes(x, rule.init(x), 1)
    return len(probes) != 1 or probes[0][1] is not x


def check_closure(rule: Rule, closure: Closure | None) -> None:
    """Raise where a rule needs what only a closure can tell, and there is none."""
    if wrong := rule.needs - {"key", "loss", "closure"}:
        raise SlalomError(unknown("need", min(wrong), ("key", "loss", "closure")))
    if closure is not None:
        return
    name = chain(rule)[-1].name
    if looks_elsewhere(rule):
        instead = ", or use nesterov(shifted=true)" if name == "nesterov" else ""
        raise SlalomError(f"{name} asks for gradients away from the parameters: {_CALL}{instead}")
    if rule.needs & {"loss", "closure"}:
        raise SlalomError(f"{name} needs more than the gradient: {_CALL}")


def evaluated(closure: Closure) -> Any:
    """What the closure returns, with gradients switched on for it."""
    with torch.enable_grad():
        return closure()


@contextmanager
def moved(params: Sequence[torch.Tensor], points: Sequence[torch.Tensor]) -> Iterator[None]:
    """Hold the parameters at other points, and put back every bit, whatever happens."""
    before = [p.detach().clone() for p in params]
    try:
        for p, point in zip(params, points, strict=True):
            p.copy_(point)
        yield
    finally:
        for p, x in zip(params, before, strict=True):
            p.copy_(x)


def weighted(
    params: Sequence[torch.Tensor], probes: Sequence[Any], closure: Closure
) -> tuple[Any, dict[torch.Tensor, torch.Tensor]]:
    """The loss and the gradients, each summed over the probes by their weights.

    Args:
        params: what moves.
        probes: for every parameter its weighted points, as many for each.
        closure: computes the loss, leaves the gradients in `.grad` and returns the loss.

    Raises:
        SlalomError: the numbers of points differ.
    """
    if len({len(points) for points in probes}) > 1:
        raise SlalomError("all parameter groups must have as many points to probe")
    total, sums = 0, {}
    for round_ in zip(*probes, strict=True):
        with moved(params, [point for _, point in round_]):
            loss = evaluated(closure)
        total = total + round_[0][0] * loss
        for p, (weight, point) in zip(params, round_, strict=True):
            if (g := gradient(p)) is not None:
                part = weight * g.to(point.dtype)
                sums[p] = sums[p] + part if p in sums else part
    return total, sums


def elsewhere(params: Sequence[torch.Tensor], closure: Closure | None) -> Any:
    """The closure as rules take it: from points, one for each parameter, to loss and gradients.

    A rule that steps one array hands over one point and gets one gradient.
    """
    if closure is None:
        return None

    def value_and_gradient(points: Any) -> tuple[Any, Any]:
        several = isinstance(points, (list, tuple))
        held = [p.grad for p in params]
        with moved(params, points if several else [points]):
            loss = evaluated(closure).detach()
        gs = [torch.zeros_like(p) if p.grad is None else p.grad.clone() for p in params]
        for p, g in zip(params, held, strict=True):
            p.grad = g
        return loss, gs if several else gs[0]

    return value_and_gradient

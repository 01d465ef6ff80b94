"""What a closure tells rules: the loss, gradients away from the parameters, curvature."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from ..errors import SlalomError
from ..rules import Rule, chain
from ..rules.leaves import Leaves, norm
from .kinds import as_real
from .parameters import gradient

Closure = Callable[[], Any]
_CALL = (
    "call optimizer.step(closure) with a function that zeroes the gradients, computes the loss, "
    "calls backward and returns the loss"
)


def check(rules: Sequence[Rule], closure: Closure | None) -> None:
    """Raise where a rule needs what only a closure can tell, and there is none."""
    if closure is not None:
        return
    for rule in rules:
        name = chain(rule)[-1].name
        if "grad" in rule.needs:
            instead = ", or use nesterov(shifted=true)" if name == "nesterov" else ""
            raise SlalomError(
                f"{name} asks for gradients away from the parameters: {_CALL}{instead}"
            )
        if rule.needs & {"loss", "value", "hvp"}:
            raise SlalomError(f"{name} needs more than the gradient: {_CALL}")


@contextmanager
def moved(params: Sequence[torch.Tensor], points: Sequence[torch.Tensor]) -> Iterator[None]:
    """Hold the parameters at other points, and put back every bit, whatever happens."""
    before = [p.detach().clone() for p in params]
    try:
        for p, point in zip(params, points, strict=True):
            as_real(p).copy_(point)
        yield
    finally:
        for p, x in zip(params, before, strict=True):
            p.copy_(x)


class ClosureCalls:
    """What a closure tells in one step.

    Args:
        closure: zeroes the gradients, computes the loss, calls backward, and returns the loss.
        params: what it computes gradients of.
        second_order: a rule asks for products with the Hessian: the closure may then leave
            backward to the optimizer, which differentiates twice.
    """

    def __init__(self, closure: Closure, params: Sequence[torch.Tensor], second_order: bool):
        self._closure, self._second_order = closure, second_order
        self._params = [p for p in params if p.requires_grad]
        self._slopes: list[torch.Tensor | None] | None = None
        self._has_returned, self.returned = False, None
        """what the closure returned at its first call"""

    def loss(self) -> Any:
        """The loss at the parameters, and their gradients in `.grad`."""
        loss = self._call()
        if self._is_open(loss):
            self._slopes = self._differentiated(loss, create_graph=True)
            for p, g in zip(self._params, self._slopes, strict=True):
                p.grad = None if g is None else g.detach()
        return loss.detach() if isinstance(loss, torch.Tensor) else loss

    def value_at(self, moving: Sequence[torch.Tensor], points: Leaves) -> Any:
        """The loss where some parameters are at other points."""
        with self._gradients_kept(), moved(moving, list(points)):
            loss = self._call()
        return loss.detach() if isinstance(loss, torch.Tensor) else loss

    def gradients_at(
        self, moving: Sequence[torch.Tensor], points: Leaves
    ) -> list[torch.Tensor | None]:
        """The gradients of these parameters there; None where the loss does not depend on one."""
        with self._gradients_kept(), moved(moving, list(points)):
            loss = self._call()
            if self._is_open(loss):
                found = self._differentiated(loss, create_graph=False)
                slopes = [None if g is None else as_real(g.resolve_conj()) for g in found]
                by_place = dict(zip(map(id, self._params), slopes, strict=True))
                return [by_place.get(id(p)) for p in moving]
            return [gradient(p) for p in moving]

    def product(self, moving: Sequence[torch.Tensor], x: Leaves, u: Leaves) -> Leaves:
        """The Hessian at the iterate `x` of these parameters times `u`.

        Exact where the closure left backward to the optimizer; else central differences of
        gradients, over a length of eps^(1/3) (1 + norm(x)) with the eps of the dtype.
        """
        if self._slopes is not None:
            by_place = {id(p): v for p, v in zip(moving, u, strict=True)}
            pairs = [
                (g, by_place[id(p)])
                for p, g in zip(self._params, self._slopes, strict=True)
                if g is not None and g.requires_grad and id(p) in by_place
            ]
            found = torch.autograd.grad(
                [g for g, _ in pairs],
                list(moving),
                [v.to(g.dtype) for g, v in pairs],
                retain_graph=True,
                allow_unused=True,
            )
            return Leaves(
                [
                    torch.zeros_like(a) if h is None else h.to(a.dtype)
                    for h, a in zip(found, x, strict=True)
                ]
            )
        length = norm(u)
        if length == 0:
            return u * 0
        eps = max(torch.finfo(a.dtype).eps for a in x)
        h = eps ** (1 / 3) * (1 + norm(x)) / length
        above, below = (self.gradients_at(moving, x + s * h * u) for s in (1, -1))
        return Leaves(
            [
                torch.zeros_like(a) if p is None or m is None else (p - m).to(a.dtype)
                for p, m, a in zip(above, below, x, strict=True)
            ]
        ) / (2 * h)

    def _is_open(self, loss: Any) -> bool:
        """Whether the closure left backward to the optimizer."""
        is_graph = isinstance(loss, torch.Tensor) and loss.requires_grad
        return self._second_order and is_graph and all(p.grad is None for p in self._params)

    def _differentiated(self, loss: Any, create_graph: bool) -> list[torch.Tensor | None]:
        with torch.enable_grad():
            return list(
                torch.autograd.grad(
                    loss, self._params, create_graph=create_graph, allow_unused=True
                )
            )

    def _call(self) -> Any:
        with torch.enable_grad():
            loss = self._closure()
        if not self._has_returned:
            self._has_returned, self.returned = True, loss
        return loss

    @contextmanager
    def _gradients_kept(self) -> Iterator[None]:
        """Let the closure make gradients of its own, and put back those that were there."""
        held = [p.grad for p in self._params]
        try:
            for p in self._params:
                p.grad = None
            yield
        finally:
            for p, g in zip(self._params, held, strict=True):
                p.grad = g

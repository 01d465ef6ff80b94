"""What a closure tells rules: the loss, gradients away from the parameters, curvature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from ..errors import SlalomError, clip
from ..rules import Rule
from ..rules.leaves import Leaves, norm
from .kinds import as_real
from .parameters import gradient

Closure = Callable[[], Any]
_CALL = (
    "call optimizer.step(closure) with a function that zeroes the gradients, computes the loss, "
    "calls backward and returns the loss"
)
_NO_SECOND_DERIVATIVE = ("is not implemented", "differentiate twice", "double backward")
"""What PyTorch's errors say, in small letters, where an operation has none."""


def check(rules: Sequence[Rule], closure: Closure | None) -> None:
    """Raise where a rule needs what only a closure can tell, and there is none."""
    if closure is not None:
        return
    if name := asking(rules, "grad"):
        instead = ", or use nesterov(shifted=true)" if name == "nesterov" else ""
        raise SlalomError(f"{name} asks for gradients away from the parameters: {_CALL}{instead}")
    if name := asking(rules, "loss", "value"):
        raise SlalomError(f"{name} needs the loss: {_CALL}")
    if name := asking(rules, "hvp"):
        raise SlalomError(f"{name} needs products with the Hessian: {_CALL}")


def asking(rules: Iterable[Rule], *names: str) -> str:
    """The name of the first rule, or rule inside one, whose formula asks for one of these."""
    for rule in rules:
        if set(names) & set(rule.arguments.get(rule.formula, ())):
            return rule.name
        if inner := asking(rule.inside(), *names):
            return inner
    return ""


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
        rules: that are stepped. Where one asks for products with the Hessian, the closure may
            leave backward to the optimizer, which differentiates twice.
    """

    def __init__(self, closure: Closure, params: Sequence[torch.Tensor], rules: Sequence[Rule]):
        self._closure = closure
        self._valued, self._second_order = asking(rules, "loss", "value"), asking(rules, "hvp")
        self._params = [p for p in params if p.requires_grad]
        self._slopes: list[torch.Tensor | None] | None = None
        self._has_returned, self.returned = False, None
        """what the closure returned at its first call"""

    def loss(self) -> Any:
        """The loss at the parameters, and their gradients in `.grad`.

        Raises:
            SlalomError: the closure does not tell what a rule asks for.
        """
        loss = self._call()
        if self._is_open(loss):
            with self._differentiated_twice():
                self._slopes = self._differentiated(loss, create_graph=True)
            for p, g in zip(self._params, self._slopes, strict=True):
                p.grad = None if g is None else g.detach()
        elif self._second_order and all(p.grad is None for p in self._params):
            raise SlalomError(
                f"{self._second_order} needs products with the Hessian, and the closure neither "
                "called backward nor returned the loss: end it with return loss"
            )
        return self._number(loss)

    def value_at(self, moving: Sequence[torch.Tensor], points: Leaves) -> Any:
        """The loss where some parameters are at other points."""
        with self._gradients_kept(), moved(moving, list(points)):
            return self._number(self._call())

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
            if not pairs:  # the loss is linear
                return x * 0
            with self._differentiated_twice():
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
        is_graph = isinstance(loss, torch.Tensor) and loss.requires_grad and loss.numel() == 1
        is_left = is_graph and all(p.grad is None for p in self._params)
        return bool(self._second_order) and is_left

    def _number(self, loss: Any) -> Any:
        """The loss as a number, where a rule asks for it.

        Raises:
            SlalomError: the closure returned something else.
        """
        if not self._valued:
            return None
        if isinstance(loss, torch.Tensor) and loss.numel() == 1 and not loss.is_complex():
            return loss.detach().reshape(())
        if isinstance(loss, (int, float)):
            return loss
        shown = f"a tensor of shape {tuple(loss.shape)}" if hasattr(loss, "shape") else repr(loss)
        raise SlalomError(
            f"{self._valued} needs the loss, and the closure returned {clip(shown)}: end it with "
            "return loss, a tensor of one element"
        )

    @contextmanager
    def _differentiated_twice(self) -> Iterator[None]:
        """Explain PyTorch's errors where something has no second derivative."""
        try:
            yield
        except RuntimeError as error:
            line = str(error).partition("\n")[0]
            if not any(sign in line.lower() for sign in _NO_SECOND_DERIVATIVE):
                raise
            raise SlalomError(
                f"{self._second_order} differentiates the loss twice, which an operation in it "
                f"does not allow ({line}): call backward in the closure, and products with the "
                "Hessian are differences of gradients"
            ) from error

    def _differentiated(self, loss: Any, create_graph: bool) -> list[torch.Tensor | None]:
        with torch.enable_grad():
            return list(
                torch.autograd.grad(
                    loss, self._params, create_graph=create_graph, allow_unused=True
                )
            )

    def _call(self) -> Any:
        try:
            with torch.enable_grad():
                loss = self._closure()
        except RuntimeError as error:
            if "through the graph a second time" not in str(error):
                raise
            raise SlalomError(
                "the closure called backward twice through one graph: compute the loss anew in "
                "each call of the closure, and call backward once"
            ) from error
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

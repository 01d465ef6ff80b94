"""Parameters that take part in a step: their gradients, and how a step is written to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch

from ..errors import SlalomError
from ..rules import Leaf
from .kinds import as_real, has_memory


@dataclass(slots=True)
class Parameter:
    """A parameter that has a gradient, and its state."""

    p: torch.Tensor
    x: torch.Tensor
    """the parameter itself, or a copy of it in the dtype that the rule works in"""
    g: torch.Tensor
    kept: dict[str, Any]
    """the entries of the state, the count of steps, and what a user keeps beside them"""
    t: int
    """the number of this step, of the steps that this parameter took"""
    leaf: Leaf
    is_met: bool = True
    """whether a gradient in this step has shown that the loss depends on it"""
    names: list[str] = field(default_factory=list)
    """those of the entries of the state"""

    def put_back(self) -> dict[str, Any]:
        """Write the iterate to the parameter, if it is a copy; what is kept of the parameter."""
        held = as_real(self.p)
        if self.x.dtype is not held.dtype:
            held.copy_(self.x)
        return self.kept


def by_step(parameters: Iterable[Parameter]) -> list[list[Parameter]]:
    """The parameters that can be stepped in one call: of one count, dtype, device and kind."""
    found: dict[Any, list[Parameter]] = {}
    for one in parameters:
        is_plain = has_memory(one.x) and has_memory(one.g)
        found.setdefault((one.t, one.x.dtype, one.x.device, is_plain), []).append(one)
    return list(found.values())


def write(x: torch.Tensor, delta: torch.Tensor, old: list[Any], new: list[Any]) -> None:
    """Take a step in place; a new entry may be an old one, or the parameter."""
    held = [x, *old]
    safe = [
        n.clone() if n is not o and any(n is h for h in held) else n
        for o, n in zip(old, new, strict=True)
    ]
    writable(x).add_(laid_out(delta, x))
    for o, n in zip(old, safe, strict=True):
        if n is not o:
            writable(o).copy_(laid_out(n, o))


def laid_out(a: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A tensor over processes as another one lies over them; any other as it is."""
    wanted = getattr(like, "placements", None)
    if wanted is None or getattr(a, "placements", wanted) == wanted:
        return a
    return a.redistribute(placements=wanted)  # pyright: ignore (only a DTensor has placements)


def writable(entry: torch.Tensor) -> torch.Tensor:
    """`entry`, as a view if it has no dimensions: there torch.compile loses what is written."""
    return entry if entry.ndim else entry.view(1)


def gradient(p: torch.Tensor, sparse: bool = False) -> torch.Tensor | None:
    """The gradient that a parameter holds, if any; of a complex one as pairs of real numbers.

    Args:
        p: the parameter.
        sparse: it may be sparse.

    Raises:
        SlalomError: it is sparse and may not be.
    """
    g = p.grad
    if g is None:
        return None
    if g.is_sparse:
        if sparse:
            return g.detach()
        raise SlalomError(
            "a closure's gradients must not be sparse: use sparse=False in the embedding"
        )
    if g.layout is not torch.strided:
        raise SlalomError(f"gradients must be torch.strided or torch.sparse_coo, not {g.layout}")
    if g._is_zerotensor():  # it has no memory
        return as_real(torch.zeros(g.shape, dtype=g.dtype, device=g.device))
    if g.requires_grad or g.is_neg() or g.is_complex():
        return as_real(g.detach().resolve_conj().resolve_neg())
    return g

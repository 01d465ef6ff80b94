"""Kinds of tensors: complex and sparse ones, and subclasses that hold no memory of their own."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import torch

from ..errors import SlalomError
from ..rules import Partition, Rule, chain
from .entries import Form, apart
from .roles import leaf_of

_OPERATIONS = {"__torch_function__", "__torch_dispatch__"}


def as_real(a: torch.Tensor) -> torch.Tensor:
    """A view of complex numbers as pairs of real ones, which rules step; else the tensor itself."""
    return torch.view_as_real(a) if a.is_complex() else a


def has_memory(a: torch.Tensor) -> bool:
    """Whether the numbers of a tensor lie in memory of its own, as those of a plain tensor do."""
    return _is_plain(type(a)) and a.layout is torch.strided


@functools.lru_cache(maxsize=256)
def _is_plain(kind: type[torch.Tensor]) -> bool:
    """Whether a class of tensors changes no operation, so that their memory is all there is."""
    of_torch = (torch.nn.Parameter, torch.nn.Buffer)
    own = kind.__mro__[: kind.__mro__.index(torch.Tensor)]
    changed = [vars(one).keys() & _OPERATIONS for one in own if one not in of_torch]
    return not any(changed)


def check(rule: Rule, params: Iterable[Any]) -> None:
    """Refuse parameters that a rule cannot step: sparse ones, and complex ones by their shape.

    Args:
        rule: that of their group.
        params: tensors, or pairs of a name and a tensor.

    Raises:
        SlalomError: there is one.
    """
    tensors = [p[1] if isinstance(p, tuple) else p for p in params]
    found = [p for p in tensors if isinstance(p, torch.Tensor)]
    if any(p.layout not in (torch.strided, torch.jagged) for p in found):
        raise SlalomError("parameters must be dense; their gradients may be sparse")
    if any(p.is_complex() for p in found) and not _takes_pairs(rule):
        raise SlalomError(
            f"{chain(rule)[-1].name} is for real parameters: give it torch.view_as_real of a "
            "complex one"
        )


def _takes_pairs(rule: Rule) -> bool:
    """Whether a rule steps pairs of real numbers as it steps any others, whatever their shape."""
    links = chain(rule)
    asks = {name for link in links for name in link.asks}
    if asks & {"leaf", "hvp"} or isinstance(links[-1], Partition):
        return False
    leaf = leaf_of("", torch.empty(3, 4, 2, device="meta"), None)
    form = Form(rule, [leaf], [torch.float32])
    own, _ = apart(form.state, 1)
    return all(tuple(entry.shape) in ((), leaf.shape) for entry in own[0].values())

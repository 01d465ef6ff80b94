"""Sparse gradients: a step of those elements of a parameter that its gradient holds."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

import torch

from ..errors import SlalomError
from ..lowering import lowered, skeleton
from ..rules import (
    Adagrad,
    ClipNorm,
    ClipValue,
    GradientDescent,
    Momentum,
    Nesterov,
    Rule,
    chain,
)
from .groups import form
from .parameters import Parameter

_LEAVES_ZEROS = (GradientDescent, Adagrad)
"""Rules whose step for a gradient of 0 changes neither an element nor its state."""


@dataclass(slots=True)
class Rows(Parameter):
    """Copies of the elements of a parameter and of its state that a sparse gradient holds."""

    whole: Any = None
    """the parameter"""
    at: tuple[torch.Tensor, ...] = field(default_factory=tuple)
    """where they lie: indices along its first axes"""

    def put_back(self) -> dict[str, Any]:
        """Write them to the parameter and its state; what is kept of it then."""
        kept = self.whole.kept
        for name in self.names:
            if kept[name] is not self.kept[name]:
                kept[name][self.at] = self.kept[name]
        self.whole.x.detach()[self.at] = self.x
        kept["step"] = self.t
        return self.whole.put_back()


def rows(whole: Parameter, g: torch.Tensor, names: list[str]) -> Rows:
    """The elements of a parameter that a coalesced sparse gradient holds.

    Args:
        whole: the parameter, whose state has begun.
        g: its gradient.
        names: those of the entries of its state.
    """
    at, x = tuple(g.indices().unbind()), whole.x.detach()
    entries = {name: whole.kept[name] for name in names}
    kept = {n: e[at] if e.shape == x.shape else e for n, e in entries.items()}
    return Rows(
        p=whole.p,
        x=x[at],
        g=g.values(),
        kept={"step": whole.kept["step"], **kept},
        t=whole.t,
        leaf=whole.leaf,
        whole=whole,
        at=at,
    )


def by_rows(rule: Rule, lazy: bool) -> bool:
    """Whether a sparse gradient steps the elements that it holds; else as a dense one.

    Args:
        rule: that of the parameter.
        lazy: all other elements and their states are to stay as they are, whatever the rule
            would do for a gradient of 0.

    Raises:
        SlalomError: the rule takes no sparse gradients.
    """
    inner = rule
    while isinstance(inner, (ClipNorm, ClipValue)):  # of 0 they make 0
        inner = inner.wrapped
    if isinstance(inner, _LEAVES_ZEROS) or (lazy and _is_elementwise(form(inner))):
        return True
    if not lazy and isinstance(inner, (Momentum, Nesterov)):
        return False
    name = chain(rule)[-1].name
    if lazy:
        raise SlalomError(
            f"lazy=True steps some elements of a parameter alone, which {rule} cannot: use "
            "sparse=False in the embedding"
        )
    raise SlalomError(
        f"{name} takes no sparse gradients, because it changes elements whose gradient is 0 as "
        "well: use sparse=False in the embedding, or lazy=True to leave those elements alone, as "
        "torch.optim.SparseAdam does"
    )


@functools.lru_cache(maxsize=64)
def _is_elementwise(rule: Rule) -> bool:
    try:
        return rule.needs <= {"g"} and lowered(skeleton(rule), "float64").is_elementwise
    except SlalomError:
        return False

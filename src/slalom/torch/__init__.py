"""Slalom's rules as PyTorch optimizers, and PyTorch's optimizers as Slalom's.

>>> import torch, slalom.torch
>>> model = torch.nn.Linear(2, 1)
>>> optimizer = slalom.torch.Optimizer(model.parameters(), "clip_norm(1.0) | adamw(lr=0.001)")
"""

from typing import Any

from ..rules import COMPOSITIONS, RULES
from .batch_norm import renew_batch_norm
from .convert import from_torch, rule_of
from .optimizer import Optimizer, optimizer_class

__all__ = ["Optimizer", "from_torch", "optimizer_class", "renew_batch_norm", "rule_of"]


def __getattr__(name: str) -> Any:
    """The class of a rule by its name, as in `slalom.torch.AdamW`, for files of configuration."""
    for rule in (*RULES, *COMPOSITIONS):
        if rule.replace("_", "") == name.lower() and optimizer_class(rule).__name__ == name:
            return optimizer_class(rule)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

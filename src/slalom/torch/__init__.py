"""Slalom's rules as PyTorch optimizers, and PyTorch's optimizers as Slalom's.

>>> import torch, slalom.torch
>>> model = torch.nn.Linear(2, 1)
>>> optimizer = slalom.torch.Optimizer(model.parameters(), "clip_norm(1.0) | adamw(lr=0.001)")
"""

from .convert import from_torch, rule_of
from .optimizer import Optimizer

__all__ = ["Optimizer", "from_torch", "rule_of"]

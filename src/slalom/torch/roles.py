"""What the parameters of a module are for, as its layers tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..rules import Leaf
from ..rules.leaf import is_head, is_norm, is_row, parts_of, role_of
from ..rules.roles import Roles, role_by

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_LAYERS = (nn.Linear, nn.Bilinear, nn.RNNBase, nn.RNNCellBase, *_CONVOLUTIONS, *_TRANSPOSED)
"""Layers whose weights are matrices."""
_OUTPUTS = (nn.Linear, *_CONVOLUTIONS)
"""Layers that may be the last of a model."""
_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)


@dataclass(frozen=True)
class Facts:
    """What the modules of a model tell of one parameter.

    Attributes:
        role: matrix, embedding, head or vector.
        kind: `bias`, `norm`, `head` or several of them, or `other`.
        outputs: the axis that numbers the outputs, among those after the batch.
        batch: how many of the first axes number matrices.
        blocks: into how many matrices a recipe has it split.
        tied: its other names.
    """

    role: str = ""
    kind: str = ""
    outputs: int = 0
    batch: int = -1
    blocks: int = 1
    tied: tuple[str, ...] = ()


def leaf_of(name: str, p: torch.Tensor, roles: Roles, facts: Facts | None = None) -> Leaf:
    """What is known of a parameter: by the user's roles, else its modules, else name and shape."""
    shape, told = tuple(p.shape), facts or Facts()
    role = role_by(roles, name, shape) or told.role
    return Leaf(name, shape, told.outputs, role, told.kind, told.batch, told.blocks, told.tied)


def named(params: Any) -> tuple[Any, dict[str, Facts]]:
    """What `Optimizer` is given, a module as its named parameters, and what its layers tell."""
    if not isinstance(params, nn.Module):
        return params, {}
    return list(params.named_parameters()), dict(_facts(params))


def _facts(model: nn.Module) -> Iterator[tuple[str, Facts]]:
    """Of every parameter of a model, once, by its first name."""
    held: dict[torch.Tensor, list[tuple[str, nn.Module]]] = {}
    for path, module in model.named_modules(remove_duplicate=False):
        for own, p in module.named_parameters(recurse=False, remove_duplicate=False):
            held.setdefault(p, []).append((f"{path}.{own}" if path else own, module))
    last = _last_layer(model)
    for name, p in model.named_parameters():
        places = held[p]
        found = [_of_layer(full, p, module, module is last) for full, module in places]
        best = min(found, key=lambda one: _FIRST.index(one.role))
        tied = tuple(dict.fromkeys(full for full, _ in places if full != name))
        yield name, Facts(best.role, best.kind, best.outputs, best.batch, 1, tied)


_FIRST = ("embedding", "head", "vector", "matrix")
"""Which role a tied parameter has: that of an embedding before that of a head."""


def _of_layer(name: str, p: torch.Tensor, module: nn.Module, is_last: bool) -> Facts:
    """What one layer tells of a parameter that it holds."""
    own = parts_of(name)[-1]
    is_bias = own.startswith("bias") or own.endswith("_bias")
    if "norm" in type(module).__name__.lower():
        return Facts("vector", "norm bias" if is_bias else "norm")
    if isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
        return Facts("embedding", "other")
    is_output = isinstance(module, _OUTPUTS) and (is_last or is_head(parts_of(name.lower())))
    if is_bias and (p.ndim < 2 or is_row(p.shape)):
        return Facts("vector", "bias head" if is_output else "bias")
    if p.ndim < 2:
        return Facts("vector", "norm" if is_norm(parts_of(name.lower())[:-1]) else "other")
    if type(module).__name__ == "Conv1D":  # of Transformers: a linear layer, outputs last
        return Facts("matrix", "other", 1, 0)
    role = role_of(name, p.shape)
    if isinstance(module, _LAYERS):
        role = role if role == "embedding" else "head" if is_output else "matrix"
        return Facts(role, "other", 1 if isinstance(module, _TRANSPOSED) else 0, 0)
    role = "vector" if role == "matrix" and is_row(p.shape) else role
    return Facts(role, "other", 0, int(role == "matrix" and p.ndim == 3))


def _last_layer(model: nn.Module) -> nn.Module | None:
    """The layer that gives the model's outputs, if that can be told.

    It is the last of the layers of a model, which has several, if it is linear or a convolution
    and in no block of which the model has several, nor within attention.
    """
    layers = [(n, m) for n, m in model.named_modules() if isinstance(m, (*_LAYERS, nn.Embedding))]
    if len(layers) < 2 or not isinstance(layers[-1][1], _OUTPUTS):
        return None
    name, last = layers[-1]
    count = Counter(type(module) for module in model.modules())
    around = [
        model.get_submodule(".".join(name.split(".")[:i])) for i in range(1, name.count(".") + 1)
    ]
    blocks = [module for module in around if not isinstance(module, _CONTAINERS)]
    is_inside = any(count[type(m)] > 1 or isinstance(m, nn.MultiheadAttention) for m in blocks)
    return None if is_inside else last

"""Bytes of optimizer state under `slalom.torch`, against PyTorch's own, its counts of steps too."""

from __future__ import annotations

from typing import Any

import torch
from torch import optim

from slalom.torch import Optimizer

from .table import Row

PEERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "adam": (optim.Adam, {}),
    "sgd(momentum=0.9)": (optim.SGD, {"momentum": 0.9}),
    "rmsprop": (optim.RMSprop, {}),
    "adagrad": (optim.Adagrad, {}),
    "adamax": (optim.Adamax, {}),
    "nadam": (optim.NAdam, {}),
    "adadelta": (optim.Adadelta, {}),
}


def rows() -> list[Row]:
    return [_row(text, *peer) for text, peer in PEERS.items()]


def _row(text: str, kind: Any, settings: dict[str, Any]) -> Row:
    ours = _bytes(Optimizer(_stepped(), text, compile=False))
    theirs = _bytes(kind(_stepped(), **settings))
    what = f"state of {text}, 200 tensors, 819,200 float32 weights"
    against, ratio = f"`torch.optim.{kind.__name__}`", f"{ours - theirs:+,} bytes"
    target = "not a byte more"
    return Row(what, f"{ours:,} bytes", against, f"{theirs:,} bytes", ratio, target, ours <= theirs)


def _stepped() -> list[torch.nn.Parameter]:
    """Parameters with gradients, ready for one step."""
    parameters = [torch.nn.Parameter(torch.zeros(64, 64)) for _ in range(200)]
    for p in parameters:
        p.grad = torch.ones_like(p)
    return parameters


def _bytes(optimizer: optim.Optimizer) -> int:
    optimizer.step()
    kept = (entry for state in optimizer.state.values() for entry in state.values())
    return sum(entry.nbytes for entry in kept if isinstance(entry, torch.Tensor))

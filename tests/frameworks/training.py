"""A small network with its data, and AdamW of both sides."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

import slalom.torch

LR = 0.01
WIDTH = 16

Make = Callable[..., torch.optim.Optimizer]
SIDES: dict[str, Make] = {"slalom": slalom.torch.AdamW, "torch": torch.optim.AdamW}
"""The same optimizer, Slalom's and PyTorch's: classes that take parameters and lr."""


def network(dtype=torch.float32, seed=0):
    torch.manual_seed(seed)
    layers = nn.Linear(6, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 1)
    return nn.Sequential(*layers).to(dtype)


def data(dtype=torch.float32, seed=1, length=64):
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(length, 6, generator=generator, dtype=torch.float64)
    return inputs.to(dtype), (2 * inputs.sum(1, keepdim=True).sin()).to(dtype)


def loss_of(model, inputs, targets):
    return ((model(inputs) - targets) ** 2).mean()


def train(model, optimizer, batch, steps=5, after: Callable[[], Any] = lambda: None):
    """Steps on one batch; what comes between backward and step is `after`."""
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(model, *batch).backward()
        after()
        optimizer.step()


def vector(model):
    """All parameters as one vector of double precision, gathered where they are sharded."""
    whole = [getattr(p, "full_tensor", lambda p=p: p)() for p in model.parameters()]
    return torch.cat([p.detach().double().flatten() for p in whole])

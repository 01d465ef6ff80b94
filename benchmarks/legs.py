"""One leg of a race, 125 steps of Adam, against the usual PyTorch loop."""

from __future__ import annotations

import jax
import numpy as np
import torch
from jax import enable_x64

import slalom
from slalom.descent import loop
from slalom.descent.objective import as_objective

from .table import Row, least_seconds, median_seconds, seconds

STEPS, LR = 125, 0.25


def hills_and_canyon(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    exp = torch.exp
    return (
        (x**2 + y**2) / 3
        + 3 * exp(-((x + 1) ** 2 + (y + 2) ** 2))
        + exp(-1.5 * (2 * (x + 2) ** 2 + (y - 0.5) ** 2))
        + 3 * exp(-1.5 * ((x - 1) ** 2 + 2 * (y + 1.5) ** 2))
        + 1.5 * exp(-((x + 1.5) ** 2 + 3 * (y + 0.5) ** 2))
        + 4 * (1 - exp(-((x + y) ** 2)))
    )


def pytorch_loop() -> torch.Tensor:
    p = torch.tensor([-2.8, -2.5], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([p], lr=LR)
    for _ in range(STEPS):
        optimizer.zero_grad()
        hills_and_canyon(p[0], p[1]).backward()
        optimizer.step()
    return p.detach()


def rows() -> list[Row]:
    landscape, rule = slalom.landscapes.hills_and_canyon, slalom.Adam(lr=LR)
    goal, start = as_objective(landscape), np.array(landscape.start)

    def labelled(digits: bool = True) -> slalom.Race:
        return slalom.race(landscape, rule, steps=STEPS, digits=digits)

    end = labelled().data.position.values[0, -1]
    np.testing.assert_allclose(end, pytorch_loop().numpy(), rtol=1e-9)  # the same work
    peer = median_seconds(pytorch_loop, 9)
    with enable_x64(True):
        numbers = jax.tree.map(lambda v: np.asarray(v, np.float64), rule)
        call = loop.one_path.lower(
            numbers, goal, start, None, 0.0, steps=STEPS, states=False
        ).compile()
        compiled = median_seconds(
            lambda: jax.block_until_ready(call(numbers, goal, start, None, 0.0)), 301
        )
    whole = median_seconds(labelled, 101)
    told, plain = least_seconds((labelled, lambda: labelled(digits=False)), 301)
    against = "zero_grad, backward, step in PyTorch"
    return [
        _row("one race leg, 125 steps, the compiled call", compiled, against, peer, 1000),
        _row("the same through `slalom.race`, labelled", whole, against, peer, 50),
        Row(
            "the same, telling how many digits hold",
            seconds(told),
            "`digits=False`",
            seconds(plain),
            f"{told / plain:.2f} of its time",
            "at most 1.3",
            told / plain <= 1.3,
        ),
    ]


def _row(what: str, ours: float, against: str, theirs: float, target: int) -> Row:
    ratio = theirs / ours
    told = f"{ratio:,.0f} times faster"
    wanted = f"at least {target:,} times"
    return Row(what, seconds(ours), against, seconds(theirs), told, wanted, ratio >= target)

"""A step of `slalom.torch.Optimizer`, on 10 million float32 elements and on 200 tensors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from lion_pytorch import Lion
from torch import optim

from .stepping import LARGE, at_least, at_most, copying, in_turns, ours, theirs
from .table import Row

DRAW = np.random.default_rng(0)
MIXED = [
    tuple(int(2**n) for n in DRAW.integers(4, 10, size=1 + k % 2)) for k in range(200)
]  # biases and matrices, 16 to 262,144 elements
ADAMW = "adamw()"
MOMENTUM = "momentum(lr=0.01, lr_inside=false)"
SGD = partial(optim.SGD, lr=0.01, momentum=0.9)
FUSED = {
    "adam()": optim.Adam,
    ADAMW: optim.AdamW,
    MOMENTUM: SGD,
    "adagrad(eps=1e-10, eps_inside=false)": optim.Adagrad,
}
DEFAULT = {
    "rmsprop(lr=0.01, decay=0.99, eps_inside=false)": (optim.RMSprop, 4),
    "adamax()": (optim.Adamax, 4),
    "nadam()": (optim.NAdam, 5),
    "adadelta(decay=0.9)": (optim.Adadelta, 5),
}
STREAMS = 7  # x, g, m, v are read, x, m, v written
REDUCING = {"clip_norm(1) | adam()": 1.3, "lamb()": 2.0, "novograd()": 1.1, "prodigy()": 2.1}
"""Rules that sum over parameters, and how much of Adam's time a step of them may take."""
SMALL, MIDDLE = [(1_000,)], [(1_000_000,)]
ONE = {
    "adam()": optim.Adam,
    MOMENTUM: SGD,
    "adagrad(eps=1e-10, eps_inside=false)": optim.Adagrad,
}
LION_STREAMS = 5  # x, g, m are read, x, m written


def rows(rounds: int = 31) -> list[Row]:
    large = "10 million float32: "
    found = []
    for text, make in FUSED.items():
        times = in_turns([ours(text, LARGE), theirs(make, LARGE, fused=True)], rounds)
        found.append(at_most(f"{large}`{text}`", *times, "PyTorch, fused=True", 1.1))
    for text, (make, target) in DEFAULT.items():
        times = in_turns([ours(text, LARGE), theirs(make, LARGE)], rounds // 3)
        found.append(at_least(f"{large}`{text}`", *times, "PyTorch's default", target))
    peers = [theirs(optim.Adam, MIXED, fused=True), theirs(optim.Adam, MIXED)]
    mine, fused, default = in_turns([ours("adam()", MIXED), *peers], rounds)
    what = f"`adam()`, 200 tensors, {sum(map(np.prod, MIXED)):,} elements"
    found.append(at_most(what, mine, fused, "PyTorch, fused=True", 1.2))
    found.append(at_least(what, mine, default, "PyTorch's default", 2))
    step, copy = in_turns([ours("adam()", LARGE), copying()], rounds)
    floor = [t * STREAMS / 2 for t in copy]
    what = f"{large}`adam()`"
    found.append(at_most(what, step, floor, "7 streams at the speed of a copy", 1.3))
    for text, target in REDUCING.items():
        times = in_turns([ours(text, LARGE), ours("adam()", LARGE)], rounds)
        found.append(at_most(f"{large}`{text}`", *times, "our fused Adam", target))
    for sizes, often, target in ((SMALL, 200, 1.2), (MIDDLE, 20, 1.1), (LARGE, 1, 1.03)):
        for text, make in ONE.items():
            steps = [ours(text, sizes), theirs(make, sizes, fused=True)]
            times = in_turns([partial(_often, step, often) for step in steps], rounds)
            each = [[t / often for t in taken] for taken in times]
            what = f"one tensor of {sizes[0][0]:,} float32: `{text}`"
            found.append(at_most(what, *each, "PyTorch, fused=True", target))
    calls = [ours("lion()", LARGE), theirs(Lion, LARGE), copying()]
    lion, authors, copy = in_turns(calls, rounds)
    found.append(at_least(f"{large}`lion()`", lion, authors, "lion-pytorch", 3))
    floor = [t * LION_STREAMS / 2 for t in copy]
    found.append(at_most(f"{large}`lion()`", lion, floor, "5 streams at the speed of a copy", 1.1))
    return found


def _often(step: Callable[[], None], times: int) -> None:
    for _ in range(times):
        step()

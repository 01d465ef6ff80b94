"""Today's rules through `slalom.torch.Optimizer`, against the packages that have them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import adam_mini
import prodigyopt
import pytorch_optimizer as kozistr
import schedulefree
import torch
from muon import SingleDeviceMuonWithAuxAdam
from torch import optim

from slalom.torch import Optimizer

from .fused import MIXED
from .stepping import LARGE, at_least, at_most, copying, in_turns, ours, parameters, theirs
from .table import Row

ELEMENTWISE = {
    "signum()": (partial(kozistr.SignSGD, momentum=0.9), 1),
    "radam()": (optim.RAdam, 2),
    "rprop()": (optim.Rprop, 2),
    "asgd()": (optim.ASGD, 1),
    "adan()": (kozistr.Adan, 4),
    "adabelief()": (partial(kozistr.AdaBelief, rectify=False), 2),
    "yogi()": (kozistr.Yogi, 2),
    "ademamix()": (kozistr.AdEMAMix, 3),
    "adopt()": (kozistr.ADOPT, 2),
    "grams() | adam(eps=1e-6)": (kozistr.Grams, 2),
}
"""The peer, and how many arrays shaped like the parameters a rule remembers."""
LAYERWISE = {
    "lamb()": (kozistr.Lamb, 2),
    "novograd()": (kozistr.NovoGrad, 2),
    "lars()": (kozistr.LARS, 2),
    "stable_adamw()": (kozistr.StableAdamW, 2),
}
"""The peer, and how much faster a fused step is to be."""
BASES = [(128, 128)] * 50
WIDTH, BLOCKS, WORDS = 320, 6, 8_000  # of a GPT with 10 million parameters


def gpt_sizes() -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """The shapes of a GPT: matrices of its blocks, and its embedding, gains and biases."""
    block = [(3 * WIDTH, WIDTH), (WIDTH, WIDTH), (4 * WIDTH, WIDTH), (WIDTH, 4 * WIDTH)]
    vectors = [(WIDTH,)] * 4 + [(3 * WIDTH,), (4 * WIDTH,)]
    return block * BLOCKS, [(WORDS, WIDTH), *vectors * BLOCKS]


def rows(rounds: int = 9) -> list[Row]:
    return [
        *_elementwise(rounds),
        *_layerwise(rounds),
        *_matrices(rounds),
        *_found_rates(rounds),
    ]


def _elementwise(rounds: int) -> list[Row]:
    found = []
    for text, (make, states) in ELEMENTWISE.items():
        steps = [ours(text, LARGE), theirs(make, LARGE, lr=1e-3), copying()]
        mine, package, copy = in_turns(steps, rounds)
        what = f"10 million float32: `{text}`".replace("|", "\\|")
        found.append(at_least(what, mine, package, _name(getattr(make, "func", make)), 3))
        streams = 3 + 2 * states  # x and g are read and x is written, states are both
        floor = [t * streams / 2 for t in copy]
        found.append(at_most(what, mine, floor, f"{streams} streams at the speed of a copy", 1.15))
    return found


def _layerwise(rounds: int) -> list[Row]:
    found = []
    for text, (make, target) in LAYERWISE.items():
        times = in_turns([ours(text, LARGE), theirs(make, LARGE, lr=1e-3)], rounds)
        found.append(at_least(f"10 million float32: `{text}`", *times, _name(make), target))
    factored = [(1024, 1024)] * 8
    peer = theirs(kozistr.AdaFactor, factored, lr=None)
    times = in_turns([ours("adafactor@kozistr()", factored), peer], rounds)
    found.append(
        at_least("`adafactor@kozistr()`, 8 matrices 1024²", *times, _name(kozistr.AdaFactor), 2)
    )
    named = [(f"mlp.{i}.weight", p) for i, p in enumerate(parameters(factored))]
    mini = adam_mini.Adam_mini(named, lr=1e-3, dim=1024, n_heads=8, verbose=False)
    times = in_turns([ours("adam_mini()", factored), mini.step], rounds)
    what = "`adam_mini()`, 8 matrices 1024²"
    found.append(at_most(what, *times, _name(adam_mini.Adam_mini), 1.0))
    return found


def _matrices(rounds: int) -> list[Row]:
    matrices, rest = gpt_sizes()
    count = sum(torch.Size(size).numel() for size in (*matrices, *rest))
    text = "partition(matrices=muon@torch(0.001), rest=adamw(3e-4))"
    leaves = parameters([*matrices, *rest])
    names = [f"blocks.{i}" for i in range(len(matrices))] + ["embed"]
    names += [f"bias.{i}" for i in range(len(rest) - 1)]
    mine = Optimizer(list(zip(names, leaves, strict=True)), text).step
    steps = [mine, _torch_muon(matrices, rest), _authors_muon(matrices, rest)]
    ours_, torchs, authors = in_turns(steps, max(3, rounds // 3))
    what = f"Muon with AdamW, a GPT of {count / 1e6:.1f} million parameters"
    against = "`torch.optim.Muon` and `AdamW(fused=True)`"
    found = [at_least(what, ours_, torchs, against, 1.3)]
    found.append(at_least(what, ours_, authors, _name(SingleDeviceMuonWithAuxAdam), 1.5))
    peers = {
        "soap(every=10)": partial(kozistr.SOAP, lr=3e-3, precondition_frequency=10),
        "shampoo(every=10)": partial(kozistr.Shampoo, lr=0.1, preconditioning_compute_steps=10),
    }
    for text, make in peers.items():
        step, peer = ours(text, BASES), theirs(make, BASES)
        times = in_turns([partial(_ten, step), partial(_ten, peer)], max(3, rounds // 3))
        found.append(
            at_least(f"`{text}`, 50 matrices 128², ten steps", *times, _name(make.func), 1.5)
        )
    return found


def _torch_muon(matrices: list, rest: list) -> Callable[[], object]:
    first = theirs(optim.Muon, matrices, lr=0.001, weight_decay=0.0)
    second = theirs(optim.AdamW, rest, lr=3e-4, fused=True)
    return lambda: (first(), second())


def _authors_muon(matrices: list, rest: list) -> Callable[[], object]:
    groups = [
        {"params": parameters(matrices), "use_muon": True, "lr": 0.001},
        {"params": parameters(rest), "use_muon": False, "lr": 3e-4},
    ]
    return SingleDeviceMuonWithAuxAdam(groups).step


def _found_rates(rounds: int) -> list[Row]:
    times = in_turns([ours("prodigy()", MIXED), theirs(prodigyopt.Prodigy, MIXED)], rounds)
    found = [at_least("`prodigy()`, 200 tensors", *times, _name(prodigyopt.Prodigy), 2)]
    text = (
        "schedule_free(0.9) | weight_decay(0.01, decoupled=true) "
        "| rmsprop(lr=0.0025, decay=0.999, eps_inside=false, debias=true)"
    )
    peer = schedulefree.AdamWScheduleFree(parameters(MIXED), weight_decay=0.01)
    peer.train()
    times = in_turns([ours(text, MIXED), peer.step], rounds)
    against = f"{_name(schedulefree.AdamWScheduleFree)}, foreach"
    found.append(at_least("Schedule-Free AdamW, 200 tensors", *times, against, 2))
    return found


def _ten(step: Callable[[], object]) -> None:
    for _ in range(10):
        step()


def _name(make: type) -> str:
    return f"`{make.__module__.partition('.')[0]}.{make.__name__}`"

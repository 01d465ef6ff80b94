"""The claim on an implementation of one's own beside PyTorch's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jax import enable_x64

from ...errors import SlalomError
from ...rules import Rule, parse
from ...studies.chart import Mark
from ...studies.diff.arenas import Arena
from ...studies.diff.libraries import TorchSide
from ...studies.diff.sides import RuleSide
from ...studies.diff.walks import walk
from .claim import Claim, Measured
from .experiment import Gradients, bars

COUNTERPARTS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "sgd@torch": ("SGD", {}),
    "gradient_descent@torch": ("SGD", {}),
    "momentum@torch(momentum=0.9)": ("SGD", {"momentum": 0.9}),
    "momentum@torch(momentum=0.9, dampening=0.5)": ("SGD", {"momentum": 0.9, "dampening": 0.5}),
    "nesterov@torch(momentum=0.9)": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "nag@torch(momentum=0.5)": ("SGD", {"momentum": 0.5, "nesterov": True}),
    "adagrad@torch": ("Adagrad", {}),
    "rmsprop@torch": ("RMSprop", {}),
    "adadelta@torch": ("Adadelta", {}),
    "adam@torch": ("Adam", {}),
    "amsgrad@torch": ("Adam", {"amsgrad": True}),
    "adamw@torch": ("AdamW", {}),
    "adamax@torch": ("Adamax", {}),
    "nadam@torch": ("NAdam", {}),
}
"""Rules that PyTorch has too, each with its optimizer there."""

SAME = 1e-12  # relative: some thousand roundings of float64


def beside_torch(seeds: int = 5, steps: int = 300) -> Measured:
    """How far each rule's path is from its counterpart's, on the same gradients.

    Raises:
        SlalomError: PyTorch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise SlalomError("C33 compares with PyTorch: pip install torch") from error
    apart = {}
    for text, (name, options) in COUNTERPARTS.items():
        optimizer = getattr(torch.optim, name)
        rule = parse(text)
        apart[text] = max(
            _apart(rule, lambda p, o=optimizer, k=options: o(p, **k), seed, steps)
            for seed in range(seeds)
        )
    figures = {
        "largest_error": max(apart.values()),
        "rules": len(apart),
        "rules_that_agree": sum(error <= SAME for error in apart.values()),
    }
    chart = bars(
        "Largest distance from PyTorch's path",
        {text.replace("@torch", ""): max(error, 1e-17) for text, error in apart.items()},
        "distance / largest parameter",
        (Mark(SAME, "counts as the same"),),
        "y",
        each="rule",
    )
    return Measured(figures, chart)


def _apart(rule: Rule, make: Any, seed: int, steps: int) -> float:
    """The largest distance of the two paths, in units of the largest parameter."""
    draws = np.random.default_rng(seed)
    x = draws.normal(size=20)
    # gradients of all sizes, as eps and the roots are to be seen
    gradients = draws.normal(size=(steps, 20)) * 10.0 ** draws.uniform(-4, 2, (steps, 20))
    given = Arena("given gradients", Gradients(gradients), [x], steps, 0)
    with enable_x64(True):
        sides = (RuleSide(rule, given), TorchSide(make))
        ours, theirs = (walk(side, given).judged[1:] for side in sides)
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


CLAIMS = (
    Claim(
        id="C33",
        sentence="An optimizer of one's own agrees with PyTorch's.",
        articles=("orbit",),
        experiment="13 rules that PyTorch has too, momentum with and without dampening, with "
        "PyTorch's conventions and defaults, 20 parameters in float64, 300 gradients of sizes from "
        "1e-4 to 1e2, five seeds: the largest distance of the two paths in units of the largest "
        "parameter. To agree is to stay within 1e-12; in part: at least half of the rules do.",
        measure=beside_torch,
        holds="rules_that_agree == rules",
        in_part="rules_that_agree >= rules / 2",
    ),
)

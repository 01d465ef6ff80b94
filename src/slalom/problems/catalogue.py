"""The learning problems that have a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import SlalomError, unknown
from .bundled import NAMES, bundled
from .losses import accuracy, cross_entropy
from .models import MLP, Linear
from .problem import Problem


def softmax_regression(data: str = "digits", *, test: float = 0.2, seed: int = 0) -> Problem:
    """Softmax regression on a bundled set: convex, from 0.

    Args:
        data: the set, see `bundled`.
        test: the share kept for testing.
        seed: of the split.

    Raises:
        SlalomError: a set that is not known, or another share.
    """
    parts = bundled(data, test, seed)
    return _classes(f"softmax_{data}", Linear(*_sizes(parts)), parts)


def mlp(
    data: str = "digits",
    hidden: Sequence[int] = (100,),
    activation: str = "relu",
    *,
    penalty: float = 0.0,
    test: float = 0.2,
    seed: int = 0,
    **start: Any,
) -> Problem:
    """A multilayer perceptron with the cross entropy on a bundled set.

    Args:
        data: the set, see `bundled`.
        hidden: the widths of the hidden layers.
        activation: of the hidden layers, see `MLP`.
        penalty: of large weights.
        test: the share kept for testing.
        seed: of the split.
        **start: how the weights are drawn, see `MLP`.

    Raises:
        SlalomError: a name that is not known, or a number that is not allowed.
    """
    parts = bundled(data, test, seed)
    features, classes = _sizes(parts)
    model = MLP((features, *hidden, classes), activation, **start)
    return _classes(f"mlp_{data}", model, parts, penalty)


def scikit_digits() -> Problem:
    """Digits as in scikit-learn's example "Compare Stochastic learning strategies".

    All 1,797 digits to train on and none to test; 100 ReLU units; weights and biases drawn as
    Glorot has it; MLPClassifier's L2 of 1e-4 over its batch of 200. Best with
    `Batches(200, epochs=15)`.
    """
    found = mlp("digits", penalty=1e-4 / 200, test=0.0, biases=True)
    return replace(found, name="scikit_digits")


def _sizes(parts: Any) -> tuple[int, int]:
    inputs, targets = parts[0]
    return inputs.shape[1], int(np.max(targets)) + 1


def _classes(name: str, model: Any, parts: Any, penalty: float = 0.0) -> Problem:
    train, test = parts
    return Problem(name, train, test, model, cross_entropy, accuracy, penalty)


PROBLEMS: Mapping[str, Callable[[], Problem]] = {
    **{f"softmax_{data}": lambda data=data: softmax_regression(data) for data in NAMES},
    **{f"mlp_{data}": lambda data=data: mlp(data) for data in NAMES},
    "scikit_digits": scikit_digits,
}
"""Makers of the problems, by name."""


def find(name: str) -> Problem:
    """The problem of a name, at its defaults.

    Raises:
        SlalomError: a name that is not known.
    """
    if name not in PROBLEMS:
        raise SlalomError(unknown("problem", name, PROBLEMS))
    return PROBLEMS[name]()

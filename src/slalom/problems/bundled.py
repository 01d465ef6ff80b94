"""Data sets that come with scikit-learn, scaled and split: nothing is downloaded."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import SlalomError, unknown
from ..random_state import kept
from .problem import Samples

NAMES = ("breast_cancer", "digits", "iris", "wine")


def bundled(name: str, test: float = 0.2, seed: int = 0) -> tuple[Samples, Samples]:
    """One of scikit-learn's bundled sets of classes, for training and for testing.

    Args:
        name: `breast_cancer` (569 samples, 30 features, 2 classes), `digits` (1797, 64, 10),
            `iris` (150, 4, 3) or `wine` (178, 13, 3).
        test: the share kept for testing, in [0, 1); each class keeps its share.
        seed: of the split.

    Returns:
        Two `Samples`: inputs in float64, each feature scaled so that over the training samples
        it fills [0, 1] (MinMaxScaler), and int32 targets.

    Raises:
        SlalomError: a name that is not known, or another share.
    """
    if name not in NAMES:
        raise SlalomError(unknown("data set", name, NAMES))
    if not 0 <= test < 1:
        raise SlalomError(f"the share for testing must be in [0, 1), got {test}")
    inputs, targets = _loaded(name)
    order = np.arange(len(targets))
    for_training, for_testing = (order, order[:0]) if test == 0 else _split(targets, test, seed)
    low, high = inputs[for_training].min(axis=0), inputs[for_training].max(axis=0)
    scaled = (inputs - low) / np.where(high > low, high - low, 1)
    whole = Samples(scaled, targets)
    return whole.at(for_training), whole.at(for_testing)


def _split(targets: np.ndarray, test: float, seed: int) -> Any:
    with kept():
        from sklearn.model_selection import train_test_split  # takes a second to import

    return train_test_split(
        np.arange(len(targets)), test_size=test, stratify=targets, random_state=seed
    )


@functools.cache
def _loaded(name: str) -> tuple[np.ndarray, np.ndarray]:
    with kept():
        import sklearn.datasets

    load: Callable[..., Any] = getattr(sklearn.datasets, f"load_{name}")
    inputs, targets = load(return_X_y=True)
    return np.asarray(inputs, np.float64), np.asarray(targets, np.int32)

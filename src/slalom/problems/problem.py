"""A learning problem: data, a model, a loss and a metric, as one value."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ..errors import SlalomError
from ..types import Array, Tree
from .checks import as_arrays, as_precision, check_samples

PerSample = Callable[[Array, Array], Array]  # from outputs and targets to one number a sample


class Samples(NamedTuple):
    """What is learned from: inputs and targets, one sample an entry of their first axis."""

    inputs: Array
    targets: Array

    @property
    def count(self) -> int:  # pyright: ignore[reportIncompatibleMethodOverride] (of tuple)
        """How many there are."""
        return len(self.inputs)

    def at(self, index: Array) -> Samples:
        """The samples of these numbers."""
        return Samples(self.inputs[index], self.targets[index])


class Model(Protocol):
    """What predicts: pure functions of a tree of parameters; hashable, as compiled code is."""

    def init(self, draws: np.random.Generator, dtype: Any) -> Tree:
        """The parameters before training, a tree of NumPy arrays."""
        ...

    def apply(self, params: Tree, inputs: Array) -> Array:
        """The outputs for inputs of shape (n, …), n on the first axis."""
        ...


@functools.partial(
    jax.tree_util.register_dataclass,
    data_fields=("train", "test", "penalty"),
    meta_fields=("name", "model", "loss", "metric", "usable"),
)
@dataclass(frozen=True, eq=False)
class Problem:
    """A learning problem. Its data are traced: compiled code serves any data of their shape.

    The loss that is descended on is, over the usable samples of a batch,

        mean(loss(outputs, targets)) + penalty/2 sum(W²)

    with W the parameters of two or more axes, so that biases go free.

    Attributes:
        name: what people call it.
        train: the samples to learn from.
        test: the samples kept apart; may be none.
        model: predicts.
        loss: from outputs and targets to the loss of each sample, shape (n,).
        metric: likewise what people judge by, for example whether a class is right.
        penalty: of large weights (L2), 0 or more.
        usable: from parameters and inputs to the samples, shape (n,), that the model can say
            anything about; the others are left out of the loss. None: all.

    Raises:
        SlalomError: samples that are not numbers, not finite, not as many inputs as targets, or
            none to learn from.
    """

    name: str
    train: Samples
    test: Samples
    model: Model
    loss: PerSample
    metric: PerSample
    penalty: float = 0.0
    usable: Callable[[Tree, Array], Array] | None = None

    def __post_init__(self):
        for field in ("train", "test"):
            samples = getattr(self, field)
            if isinstance(samples, Samples) and any(isinstance(a, (list, str)) for a in samples):
                samples = Samples(*as_arrays(f"{self.name}: {field}", samples))
                object.__setattr__(self, field, samples)
            if type(samples) in (tuple, list, str, np.ndarray):
                found = type(samples).__name__
                raise SlalomError(
                    f"{self.name}: {field} must be Samples(inputs, targets), got {found}"
                )
            if _are_arrays(samples):  # and not what JAX puts there when it takes a tree apart
                check_samples(f"{self.name}: {field}", samples, may_be_none=field == "test")

    def counted(self, params: Tree, samples: Samples, present: Array | None = None) -> Array:
        """Which samples count, booleans of shape (n,): those `present` that are usable."""
        counted = jnp.ones(samples.count, bool) if present is None else present
        return counted if self.usable is None else counted & self.usable(params, samples.inputs)

    def value(self, params: Tree, samples: Samples, present: Array | None = None) -> Array:
        """The loss over samples; NaN with a gradient of 0 where none counts.

        Args:
            params: the model's.
            samples: n of them.
            present: booleans of shape (n,): which are there at all, where a batch is padded.
        """
        losses = self.loss(self.model.apply(params, samples.inputs), samples.targets)
        return mean(losses, self.counted(params, samples, present)) + self._pull(params)

    def score(self, params: Tree, samples: Samples) -> Array:
        """The mean metric over samples; NaN where none counts."""
        found = self.metric(self.model.apply(params, samples.inputs), samples.targets)
        return mean(found, self.counted(params, samples))

    def of_dtype(self, dtype: Any) -> Problem:
        """This problem with its inputs, and targets that are real numbers, in float32 or float64.

        Raises:
            SlalomError: another dtype.
        """
        dtype = as_precision(dtype)

        def cast(array: Array) -> Array:
            return np.asarray(array, dtype) if np.asarray(array).dtype.kind == "f" else array

        train, test = (Samples(*map(cast, samples)) for samples in (self.train, self.test))
        return replace(self, train=train, test=test, penalty=cast(np.float64(self.penalty)))

    def _pull(self, params: Tree) -> Array:
        matrices = [leaf for leaf in jax.tree.leaves(params) if leaf.ndim > 1]
        return self.penalty / 2 * sum(jnp.sum(W * W) for W in matrices)

    def __repr__(self) -> str:
        return f"<Problem {self.name}: {self.train.count} + {self.test.count} samples>"


def _are_arrays(samples: Any) -> bool:
    return isinstance(samples, Samples) and all(
        isinstance(a, (np.ndarray, jax.Array)) and not isinstance(a, Tracer) for a in samples
    )


def mean(values: Array, counted: Array) -> Array:
    """The mean of the values that count; NaN, with a gradient of 0, where none does."""
    kept = jnp.where(counted, values, 0)  # before the sum, so that what is left out has no slope
    count = jnp.sum(counted)
    total = jnp.sum(kept) / jnp.maximum(count, 1).astype(kept.dtype)
    return jnp.where(count > 0, total, jnp.nan)

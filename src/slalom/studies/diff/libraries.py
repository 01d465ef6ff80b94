"""Optimizers of other libraries: which there are, and how each is driven from outside."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jax import enable_x64

from ...errors import SlalomError
from ...random_state import kept
from .arenas import Arrays
from .sides import Evaluations, Side


class TorchSide:
    """An optimizer of PyTorch's, on tensors of its own.

    Args:
        make: from the list of parameters to the optimizer.
    """

    def __init__(self, make: Callable[[list[Any]], Any]):
        self._make = make

    def begin(self, xs: Arrays) -> None:
        import torch

        self._parameters = [torch.nn.Parameter(torch.tensor(x)) for x in xs]
        self._optimizer = self._make(self._parameters)

    def place(self, xs: Arrays) -> None:
        import torch

        for parameter, x in zip(self._parameters, xs, strict=True):
            parameter.data.copy_(torch.tensor(x))

    def step(self, asked: Evaluations) -> None:
        import torch

        for parameter, g in zip(self._parameters, asked.gradient(self.xs), strict=True):
            parameter.grad = torch.tensor(g)
        usual = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)  # NAdam keeps a part of its state in it
        try:
            self._optimizer.step()
        finally:
            torch.set_default_dtype(usual)

    @property
    def xs(self) -> Arrays:
        return [parameter.detach().numpy().copy() for parameter in self._parameters]

    @property
    def judged(self) -> Arrays:
        return self.xs


class KerasSide:
    """An optimizer of Keras's, on variables of its own.

    Args:
        make: makes the optimizer.
    """

    def __init__(self, make: Callable[[], Any]):
        self._make = make

    def begin(self, xs: Arrays) -> None:
        import keras

        with _keras_in_float64():
            self._variables = [keras.Variable(x, dtype="float64") for x in xs]
            self._optimizer = self._make()
            self._optimizer.build(self._variables)

    def place(self, xs: Arrays) -> None:
        with _keras_in_float64():
            for variable, x in zip(self._variables, xs, strict=True):
                variable.assign(x)

    def step(self, asked: Evaluations) -> None:
        import keras

        gs = asked.gradient(self.xs)
        with _keras_in_float64():
            self._optimizer.apply([keras.ops.convert_to_tensor(g) for g in gs], self._variables)

    @property
    def xs(self) -> Arrays:
        return [np.array(variable.value) for variable in self._variables]

    @property
    def judged(self) -> Arrays:
        return self.xs


@contextlib.contextmanager
def _keras_in_float64() -> Iterator[None]:
    """Keras keeps learning rates and products of momenta in its default dtype."""
    import keras

    usual = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        with enable_x64(True):
            yield
    finally:
        keras.config.set_floatx(usual)


@dataclass(frozen=True)
class Library:
    """A library whose optimizers are no pure functions, so that its own code runs.

    Attributes:
        spoken: its name, in a sentence.
        package: what to install.
        names: its optimizers that take one dense gradient a step, of any shape.
        find: the class of that name; may raise ImportError.
        side: from what makes an optimizer to the side that drives it.
    """

    spoken: str
    package: str
    names: frozenset[str]
    find: Callable[[str], type]
    side: Callable[[Callable[..., Any]], Side]


def _of_torch(name: str) -> type:
    import torch

    return getattr(torch.optim, name)


def _of_keras(name: str) -> type:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    with kept():
        import keras

    if keras.backend.backend() != "jax":
        raise SlalomError(
            f"keras:{name} runs on Keras's JAX backend, not on {keras.backend.backend()}: "
            "set KERAS_BACKEND=jax"
        )
    return getattr(keras.optimizers, name)


_TORCH = "ASGD Adadelta Adafactor Adagrad Adam AdamW Adamax NAdam RAdam RMSprop Rprop SGD"
_KERAS = "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion Muon Nadam RMSprop SGD"

LIBRARIES: Mapping[str, Library] = {
    "torch": Library("PyTorch", "torch", frozenset(_TORCH.split()), _of_torch, TorchSide),
    "keras": Library("Keras", "keras", frozenset(_KERAS.split()), _of_keras, KerasSide),
}
"""By what stands before the colon in a text."""

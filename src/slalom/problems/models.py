"""Small models: a linear one, and layers of it with an activation between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np

from ..errors import SlalomError, unknown
from ..types import Array, Tree

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "sigmoid": jax.nn.sigmoid,
}
Start = Literal["glorot", "he", "lecun"]


@dataclass(frozen=True)
class Linear:
    """`inputs @ weights + bias`, from 0.

    With the cross entropy it is softmax regression, with the logistic loss logistic regression,
    with the squared error least squares: all convex, so that the start decides nothing.

    Attributes:
        inputs: the number of features.
        outputs: the number of outputs.
        bias: whether there is one.
    """

    inputs: int
    outputs: int
    bias: bool = True

    def init(self, draws: np.random.Generator, dtype: Any) -> Tree:
        """Zeros."""
        weights = np.zeros((self.inputs, self.outputs), dtype)
        bias = {"bias": np.zeros(self.outputs, dtype)} if self.bias else {}
        return {"weights": weights, **bias}

    def apply(self, params: Tree, inputs: Array) -> Array:
        """Outputs of shape (n, outputs)."""
        return layer(params, inputs)


@dataclass(frozen=True)
class MLP:
    """A multilayer perceptron: linear layers, and an activation after each but the last.

    Weights are drawn uniformly, with a variance that depends on the layer's fan in and out:

        glorot: 2/(in + out)        he: 2/in        lecun: 1/in

    Source: Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010; He et al., "Delving deep into rectifiers", 2015; LeCun et al., "Efficient
    BackProp", 1998.

    Attributes:
        widths: of the inputs, each hidden layer and the outputs.
        activation: `tanh`, `relu` or `sigmoid`.
        start: the variance of the first weights.
        biases: whether biases are drawn with their layer's weights, as scikit-learn does; else 0.

    Raises:
        SlalomError: fewer than two widths, or a name that is not known.
    """

    widths: tuple[int, ...]
    activation: str = "relu"
    start: Start = "glorot"
    biases: bool = False

    def __post_init__(self):
        if len(self.widths) < 2 or min(self.widths) < 1:
            raise SlalomError(
                f"an MLP must have two or more widths of at least 1, got {self.widths}"
            )
        if self.activation not in ACTIVATIONS:
            raise SlalomError(unknown("activation", self.activation, ACTIVATIONS))
        if self.start not in get_args(Start):
            raise SlalomError(unknown("start", self.start, get_args(Start)))

    def init(self, draws: np.random.Generator, dtype: Any) -> Tree:
        """One dict of `weights` and `bias` a layer."""
        fans = zip(self.widths[:-1], self.widths[1:], strict=True)
        return [self._drawn(draws, *fan, dtype) for fan in fans]

    def _drawn(self, draws: np.random.Generator, fan_in: int, fan_out: int, dtype: Any) -> Tree:
        variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}
        limit = (3 * variance[self.start]) ** 0.5  # uniform in ±limit has the variance limit²/3
        weights = draws.uniform(-limit, limit, (fan_in, fan_out)).astype(dtype)
        bias = draws.uniform(-limit, limit, fan_out).astype(dtype)
        return {"weights": weights, "bias": bias if self.biases else np.zeros_like(bias)}

    def apply(self, params: Tree, inputs: Array) -> Array:
        """Outputs of shape (n, widths[-1])."""
        *hidden, last = params
        for of_layer in hidden:
            inputs = ACTIVATIONS[self.activation](layer(of_layer, inputs))
        return layer(last, inputs)


def layer(params: Tree, inputs: Array) -> Array:
    """`inputs @ weights + bias`; a layer may have no bias."""
    return inputs @ params["weights"] + params.get("bias", 0)

"""Gradients without the mean over the inputs of each output."""

from __future__ import annotations

from dataclasses import dataclass

from ..counterpart import optax, paper
from ..linear_algebra import input_axes, other_axes
from ..value import convention
from ..vocabulary import mean
from ..wrapper import Wrapper


@dataclass(frozen=True)
class Centralize(Wrapper, name="centralize"):
    """Takes from the gradient of a matrix the mean over the weights of each output.

        g = g - mean(g over all axes but that of the outputs)

    Plain steps then leave the mean of the weights of each output as it is. Vectors are left
    alone. Optax takes the first axis for that of the outputs, whatever the layout
    (`outputs=first`).

    Source: Yong et al., "Gradient centralization: a new optimization technique for deep neural
    networks", 2020, arXiv 2004.01461.
    """

    coupled = False
    shown_bare = 0

    known = (paper(), optax("centralize", conventions={"outputs": "first"}))

    outputs: str = convention("layout", "which axis numbers the outputs", ("layout", "first"))

    def gradient(self, g, leaf):
        if len(leaf.shape) < 2:
            return g
        axes = other_axes(leaf, 0) if self.outputs == "first" else input_axes(leaf)
        return g - mean(g, axis=axes, keepdims=True)

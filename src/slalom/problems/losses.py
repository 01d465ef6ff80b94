"""Losses and metrics of single samples: from outputs and targets to one number each."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from ..errors import SlalomError
from ..types import Array


def cross_entropy(outputs: Array, targets: Array) -> Array:
    """`log(sum(exp(z))) - z[target]` of outputs (n, classes) and whole-number targets (n,)."""
    chosen = jnp.take_along_axis(outputs, targets[:, None], axis=-1)[:, 0]
    return jax.nn.logsumexp(outputs, axis=-1) - chosen


def logistic(outputs: Array, targets: Array) -> Array:
    """`log(1 + exp(-s z))` of outputs (n, 1), with s = -1 for target 0 and 1 for target 1."""
    return jax.nn.softplus(jnp.where(targets == 1, -1, 1) * outputs[:, 0])


def squared_error(outputs: Array, targets: Array) -> Array:
    """`(z - y)²`, summed over outputs where a sample has several.

    Raises:
        SlalomError: outputs and targets of different shapes, which would be paired crosswise.
    """
    if outputs.shape != targets.shape:
        raise SlalomError(f"targets of shape {targets.shape} for outputs of {outputs.shape}")
    error = outputs - targets
    return jnp.sum(error * error, axis=tuple(range(1, error.ndim)))


def accuracy(outputs: Array, targets: Array) -> Array:
    """1 where the highest of the outputs (n, classes) is the target's, else 0."""
    return (jnp.argmax(outputs, axis=-1) == targets).astype(outputs.dtype)


def sign_accuracy(outputs: Array, targets: Array) -> Array:
    """1 where the one output is positive for target 1 and not for target 0, else 0."""
    return ((outputs[:, 0] > 0) == (targets == 1)).astype(outputs.dtype)

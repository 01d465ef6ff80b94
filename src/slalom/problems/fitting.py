"""Whether model, loss and metric of a problem can take its samples: one clear line if not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np

from ..errors import SlalomError
from ..types import Tree
from .losses import accuracy, cross_entropy, logistic, sign_accuracy
from .problem import Problem, Samples


def check_fit(problem: Problem, params: Tree) -> None:
    """Raise unless model, loss and metric can take the samples.

    Args:
        problem: what is to be learned.
        params: parameters of its model.
    """
    for name, samples in (("train", problem.train), ("test", problem.test)):
        where = f"{problem.name}: {name}"
        if not samples.count:
            continue
        outputs = _outputs(where, problem, params, samples)
        for part in ("loss", "metric"):
            function = getattr(problem, part)
            if check := TARGETS.get(function):
                check(where, function.__name__, np.asarray(samples.targets), outputs.shape)
            found = jax.eval_shape(function, outputs, samples.targets)
            if getattr(found, "shape", None) != (samples.count,):
                shown = getattr(found, "shape", type(found).__name__)
                raise SlalomError(
                    f"{problem.name}: {part} must give one number a sample, of shape "
                    f"({samples.count},), got {shown}"
                )


def _outputs(where: str, problem: Problem, params: Tree, samples: Samples) -> Any:
    try:
        return jax.eval_shape(problem.model.apply, params, samples.inputs)
    except TypeError as error:  # of JAX, about shapes that do not go together
        shape = tuple(samples.inputs.shape)
        reason = str(error).splitlines()[0]
        raise SlalomError(
            f"{where}.inputs of shape {shape} do not fit the model: {reason}"
        ) from error


def _classes(where: str, loss: str, targets: np.ndarray, outputs: tuple[int, ...]) -> None:
    """Whole numbers from 0, one for each sample: fewer than the outputs."""
    wanted = f"the {loss} takes whole numbers from 0 to {outputs[-1] - 1}, one for each sample"
    if targets.ndim != 1:
        hint = "; np.argmax(targets, axis=1) gives them" if targets.ndim == 2 else ""
        raise SlalomError(f"{where}.targets have shape {targets.shape}; {wanted}{hint}")
    if targets.dtype.kind not in "iu":
        raise SlalomError(f"{where}.targets are {targets.dtype}; {wanted}")
    if len(targets) and not (targets.min() >= 0 and targets.max() < outputs[-1]):
        shown = f"go from {targets.min()} to {targets.max()}"
        hint = "; count from 0" if targets.min() == 1 else ""
        raise SlalomError(f"{where}.targets {shown}; {wanted}{hint}")


def _two(where: str, loss: str, targets: np.ndarray, outputs: tuple[int, ...]) -> None:
    """0 or 1, one for each sample, and one output."""
    if outputs[1:] != (1,):
        raise SlalomError(f"{where}: the {loss} takes outputs of shape (n, 1), got {outputs}")
    if targets.ndim != 1 or not np.isin(targets, (0, 1)).all():
        odd = targets[~np.isin(targets, (0, 1))]
        shown = f"shape {targets.shape}" if targets.ndim != 1 else f"the value {odd[0]}"
        raise SlalomError(
            f"{where}.targets have {shown}; the {loss} takes 0 or 1, one for each sample"
        )


TARGETS: Mapping[Callable[..., Any], Callable[..., None]] = {
    cross_entropy: _classes,
    accuracy: _classes,
    logistic: _two,
    sign_accuracy: _two,
}
"""What checks the targets of a loss or a metric."""

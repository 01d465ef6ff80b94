"""Whether data are numbers that can be learned from: each check raises one clear line."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import SlalomError
from ..types import Array


def as_precision(dtype: Any) -> np.dtype:
    """The dtype float32 or float64 that a text or a type names.

    Raises:
        SlalomError: it is neither.
    """
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if found not in (np.float32, np.float64):
        raise SlalomError(f"dtype must be float32 or float64, got {dtype}")
    return found


def as_arrays(where: str, samples: tuple[Any, Any]) -> list[Array]:
    """Inputs and targets as arrays, where they are given as lists.

    Raises:
        SlalomError: the lists inside have different lengths.
    """
    found = []
    for name, given in zip(("inputs", "targets"), samples, strict=True):
        try:
            found.append(np.asarray(given) if isinstance(given, (list, str)) else given)
        except ValueError as error:
            raise SlalomError(f"{where}.{name} must be numbers, or lists of as many") from error
    return found


def check_samples(where: str, samples: tuple[Array, Array], *, may_be_none: bool) -> None:
    """Raise unless inputs and targets are numbers, equally many, and finite.

    Args:
        where: what the samples are called.
        samples: inputs and targets, arrays of NumPy or JAX.
        may_be_none: whether there may be no sample at all.
    """
    for name, array in zip(("inputs", "targets"), map(np.asarray, samples), strict=True):
        if array.dtype.kind not in "fiub" and "float" not in array.dtype.name:
            raise SlalomError(f"{where}.{name} must be numbers, got {array.dtype}")
        if array.ndim == 0:
            raise SlalomError(f"{where}.{name} must have one entry for each sample, got a number")
        finite = np.isfinite(array.astype(np.float64)) if array.dtype.kind not in "iub" else None
        if finite is not None and not finite.all():
            first = tuple(np.argwhere(~finite)[0].tolist())
            count = np.count_nonzero(~finite)
            raise SlalomError(
                f"{where}.{name} must be finite; {count} of its numbers are not, "
                f"the first is {array[first]} at {list(first)}"
            )
    inputs, targets = map(len, samples)
    if inputs != targets:
        raise SlalomError(f"{where} has {inputs} inputs and {targets} targets; it needs as many")
    if not inputs and not may_be_none:
        raise SlalomError(f"{where} has no samples")

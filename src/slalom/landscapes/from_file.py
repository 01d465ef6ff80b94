"""The user's own landscapes, named as `FILE.py:name`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from .. import files, own_code
from ..errors import SlalomError, clip
from .landscape import Landscape, Spread
from .start import corner, started


def from_file(path: str, name: str) -> Landscape:
    """The landscape `name` in the Python file at `path`, or one made of the function there.

    A function takes separate coordinates, f(x) or f(x, y), as arrays, and is written with
    operators and `slalom.landscapes.functions` or `jax.numpy`. It is drawn on (-3, 3) an axis.

    Raises:
        SlalomError: no such file or name, or it is no landscape.
    """
    found = files.member(path, name)
    if isinstance(found, Landscape):
        return found
    if not callable(found):
        raise SlalomError(f"{path}:{name} is neither a Landscape nor a function of x and y")
    return _from_function(found, f"{path}:{name}")


@functools.lru_cache(maxsize=256)
def _from_function(function: Callable[..., Any], name: str) -> Landscape:
    dim = _coordinates(function)
    if dim == 0:
        raise SlalomError(f"{name} is no function of coordinates, like f(x) or f(x, y)")
    _try(function, dim, name)
    domain = ((-3.0, 3.0),) * dim
    return started(
        Landscape(
            name=name,
            function=Spread(function),
            dim=dim,
            domain=domain,
            start=corner(domain),
            formula=(inspect.getdoc(function) or name).splitlines()[0],
            source=name,
        )
    )


def _coordinates(function: Callable[..., Any]) -> int:
    """How many positional arguments the function needs."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters)


def _try(function: Callable[..., Any], dim: int, name: str) -> None:
    """Raise a SlalomError unless the function gives one number for each of two points."""
    import numpy as np

    hint = "; a function of one vector p is written f(x, y)" if dim == 1 else ""
    try:
        with np.errstate(all="ignore"):
            shape = np.shape(function(*np.ones((dim, 2))))
    except Exception as error:
        if told := own_code.explanation(error, own_code.OF_FUNCTIONS):
            raise SlalomError(told) from error
        reason = clip(" ".join(str(error).split()), 120)
        raise SlalomError(f"{name} fails: {type(error).__name__}: {reason}{hint}") from error
    if shape != (2,):
        raise SlalomError(
            f"{name} gives an array of shape {shape} where two points need (2,){hint}"
        )

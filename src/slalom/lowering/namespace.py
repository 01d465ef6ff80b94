"""The functions of traced arrays, named as in the array API standard.

Formulas find them by `namespace(g)`. What is not here no graph holds.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import bool as bool  # noqa: A004
from numpy import e, float32, float64, inf, int32, int64, nan, pi

from .graph import constant, operation
from .operations import ELEMENTWISE
from .tracing import (
    Array,
    CannotTraceError,
    NothingToAdd,
    Traced,
    cast,
    elementwise,
    is_elsewhere,
    promoted,
    value,
)

dtype_of_sums = float64
"""what kernels add up in"""

__all__ = ["bool", "dtype_of_sums", "e", "float32", "float64", "inf", "int32", "int64", "nan", "pi"]


def __getattr__(name: str) -> Callable[..., Array]:
    """The functions that work element by element."""
    if name not in ELEMENTWISE:
        raise AttributeError(f"no kernel knows {name}")
    return lambda *operands: _array(elementwise(name, *operands))


def maximum(x1: Any, x2: Any) -> Array:
    """The larger of two, element by element."""
    return x1 if isinstance(x2, NothingToAdd) else _array(elementwise("maximum", x1, x2))


def positive(x: Any) -> Array:
    """The same."""
    return _array(value(x))


def reciprocal(x: Any) -> Array:
    """One over it."""
    return _array(elementwise("divide", 1, x))


def where(condition: Any, x1: Any, x2: Any) -> Array:
    """`x1` where the condition holds, else `x2`."""
    condition, x1, x2 = map(value, (condition, x1, x2))
    dtype = promoted(x1, x2)
    truth = cast(condition, np.dtype("bool"))
    node = operation("select", [truth, cast(x2, dtype), cast(x1, dtype)], dtype.name)
    return Array(node, _shape(condition, x1, x2))


def clip(x: Any, min: Any = None, max: Any = None) -> Array:  # noqa: A002
    """`x` between two limits, in its own dtype."""
    x = asarray(x)
    low, high = (None if limit is None else astype(limit, x.dtype) for limit in (min, max))
    if low is not None:
        x = elementwise("maximum", low, x)
    return _array(x if high is None else elementwise("minimum", high, x))


def sum(x: Any, *, axis: None = None, dtype: Any = None, keepdims: builtins.bool = False) -> Array:  # noqa: A001
    """The sum of all elements."""
    x = x if dtype is None else astype(x, dtype)
    return _reduced("sum", x, axis, keepdims)


def sum_over_tree(x: Any) -> Array:
    """The sum of all elements of all leaves, of which this is the first one."""
    return _over_tree("sum", x)


def max_over_tree(x: Any) -> Array:
    """The largest of all elements of all leaves, none of which is below 0; NaN if any is."""
    return _over_tree("max", x)


def _over_tree(name: str, x: Any) -> Array:
    x = asarray(x)
    if x.dtype.kind != "f":
        raise CannotTraceError(f"no kernel knows {name} of {x.dtype}")
    if not x.shape:
        raise CannotTraceError("it sums up one number of each leaf")
    if is_elsewhere(x):
        return NothingToAdd(constant(0, x.dtype.name))
    return Array(operation(f"tree_{name}", [x.node], x.dtype.name))


def mean(x: Any, *, axis: None = None, keepdims: builtins.bool = False) -> Array:
    """The mean of all elements."""
    return _array(_reduced("sum", x, axis, keepdims) / asarray(x).size)


def max(x: Any, *, axis: None = None, keepdims: builtins.bool = False) -> Array:  # noqa: A001
    """The largest of all elements; NaN if any is."""
    return _reduced("max", x, axis, keepdims)


def min(x: Any, *, axis: None = None, keepdims: builtins.bool = False) -> Array:  # noqa: A001
    """The smallest of all elements; NaN if any is."""
    return _reduced("min", x, axis, keepdims)


def _reduced(name: str, x: Any, axis: Any, keepdims: builtins.bool) -> Array:
    x = asarray(x)
    if axis is not None or keepdims:
        raise CannotTraceError(f"no kernel knows {name} along an axis")
    if x.dtype.kind != "f":
        raise CannotTraceError(f"no kernel knows {name} of {x.dtype}")
    if not x.node.varies:  # the same for all elements
        return Array((x * x.size if name == "sum" else x).node)
    return Array(operation(name, [x.node], x.dtype.name))


def asarray(x: Any, *, dtype: Any = None, copy: Any = None) -> Array:
    """A number as an array without dimensions; an array as it is."""
    x = value(x)
    if dtype is None and isinstance(x, Traced):
        return _array(x)
    return astype(x, promoted(x) if dtype is None else dtype)


def astype(x: Any, dtype: Any, *, copy: builtins.bool = True) -> Array:
    """The array in another dtype."""
    x = value(x)
    return Array(cast(x, np.dtype(dtype)), _shape(x))


def zeros_like(x: Array, *, dtype: Any = None) -> Array:
    """Zeros of the same shape."""
    return full_like(x, 0, dtype=dtype)


def ones_like(x: Array, *, dtype: Any = None) -> Array:
    """Ones of the same shape."""
    return full_like(x, 1, dtype=dtype)


def full_like(x: Array, fill_value: Any, *, dtype: Any = None) -> Array:
    """An array of one number, of the same shape."""
    return Array(cast(value(fill_value), np.dtype(dtype or asarray(x).dtype)), _shape(x))


def finfo(type: Any) -> np.finfo:  # noqa: A002
    """The limits of a dtype, or of an array's."""
    return np.finfo(type.dtype if isinstance(type, Array) else type)


def isdtype(dtype: Any, kind: str) -> builtins.bool:
    """Whether a dtype is of a kind, such as `real floating`."""
    return np.isdtype(np.dtype(dtype), kind)


def result_type(*operands: Any) -> np.dtype:
    """The dtype in which operands meet."""
    return np.result_type(*(one.dtype if isinstance(one, Array) else one for one in operands))


def _array(x: Traced) -> Array:
    """NumPy's functions give arrays, of Python numbers too."""
    return x if isinstance(x, Array) else Array(x.node)


def _shape(*operands: Any) -> tuple[int, ...]:
    return next((one.shape for one in operands if isinstance(one, Array) and one.shape), ())

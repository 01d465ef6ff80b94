"""How far from 0 a loss is sure to be finite: interval arithmetic on what JAX traces of it.

Each operation is given the least and the greatest of each input, and gives those of its result.
Where all of them are in the range of their dtype, nothing overflows and nothing is NaN. Within
that distance a loss need not be looked at to know that it is finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.extend import core

from ..lowering.jaxprs import CALLS
from ..types import Tree

Interval = tuple[float, float]

DEGREES = (3, 5, 9, 17, 33, 65, 129)
"""The distances that are tried: roots of the largest number, for polynomials of lower degree."""
WIDTH = 1e-6
"""By how much of its size an elementary function may miss its value."""
TINY = 2.0**-126
"""The least divisor; it is no subnormal number, which some machines take for 0."""


class _UnknownError(Exception):
    """No bounds are known."""


def radius(loss: Callable[[Tree], Any], x: Tree) -> float | None:
    """A distance from 0 up to which in each component the loss is finite; None if none is known.

    Args:
        loss: traced by JAX.
        x: arrays such as those that it is called with.
    """
    traced = jax.make_jaxpr(loss)(x)
    leaves = jax.tree.leaves(x)
    largest = min(float(jnp.finfo(leaf.dtype).max) for leaf in leaves)
    for degree in DEGREES:
        far = largest ** (1 / degree)
        try:
            _results(traced, [(-far, far)] * len(leaves))
        except (_UnknownError, OverflowError):
            continue
        return far
    return None


def _results(traced: core.ClosedJaxpr, inputs: Sequence[Interval]) -> list[Interval]:
    jaxpr = traced.jaxpr
    known = dict(zip(jaxpr.invars, inputs, strict=True))

    def of(atom: Any) -> Interval:
        return _constant(atom, atom.val) if isinstance(atom, core.Literal) else known[atom]

    constants = zip(jaxpr.constvars, traced.consts, strict=True)
    known |= {var: _constant(var, value) for var, value in constants}
    for equation in jaxpr.eqns:
        for var, found in zip(equation.outvars, _applied(equation, of), strict=True):
            known[var] = _in_range(found, var.aval.dtype)
    return [of(atom) for atom in jaxpr.outvars]


def _constant(atom: Any, value: Any) -> Interval:
    if isinstance(value, Tracer) or atom.aval.size == 0:
        raise _UnknownError
    return _in_range((float(np.min(value)), float(np.max(value))), atom.aval.dtype)


def _in_range(found: Interval, dtype: Any) -> Interval:
    """An interval of numbers of a dtype; a number that is NaN is in none."""
    if dtype == jnp.bool_:
        return found
    if jnp.issubdtype(dtype, jnp.floating):
        largest = float(jnp.finfo(dtype).max)
        if -largest <= found[0] <= found[1] <= largest:
            return found
    raise _UnknownError


def _applied(equation: Any, of: Callable[[Any], Interval]) -> Sequence[Interval]:
    name, atoms, params = equation.primitive.name, equation.invars, equation.params
    inputs = [of(atom) for atom in atoms]
    if name in CALLS:
        return _results(params[CALLS[name]], inputs)
    if name == "mul" and atoms[0] is atoms[1]:
        name, params = "integer_pow", {"y": 2}
    if name in SAME:
        found = _around(inputs[name == "select_n" :])
    elif name in LOGICAL:
        found = (0.0, 1.0)
    elif name in MONOTONE:
        found = _widened(*map(MONOTONE[name], inputs[0]))
    elif name in BOUNDED:
        found = _widened(*BOUNDED[name])
    elif name in OPERATIONS:
        found = OPERATIONS[name](*inputs)
    elif name == "integer_pow":
        found = _power(inputs[0], params["y"])
    elif name == "reduce_sum":
        count = atoms[0].aval.size // max(equation.outvars[0].aval.size, 1)
        found = (count * inputs[0][0], count * inputs[0][1])
    else:
        raise _UnknownError
    return [found] * len(equation.outvars)


def _around(intervals: Sequence[Interval]) -> Interval:
    return min(low for low, _ in intervals), max(high for _, high in intervals)


def _widened(low: float, high: float) -> Interval:
    return low - WIDTH * abs(low), high + WIDTH * abs(high)


def _product(a: Interval, b: Interval) -> Interval:
    ends = [x * y for x in a for y in b]
    return min(ends), max(ends)


def _power(a: Interval, exponent: int) -> Interval:
    if exponent < 0:
        raise _UnknownError
    ends = a[0] ** exponent, a[1] ** exponent
    crosses = exponent % 2 == 0 and a[0] < 0 < a[1]
    return (0.0 if crosses else min(ends)), max(ends)


def _quotient(a: Interval, b: Interval) -> Interval:
    if b[0] < TINY:
        raise _UnknownError
    return _product(a, (1 / b[1], 1 / b[0]))


def _root(x: float) -> float:
    if x < 0:
        raise _UnknownError
    return math.sqrt(x)


SAME = {"select_n", "slice", "squeeze", "reshape", "broadcast_in_dim", "transpose", "concatenate"}
SAME |= {"unstack", "stack", "convert_element_type", "copy", "copy_p", "rev", "expand_dims"}
"""Operations that make no new numbers; the first input of a choice is what decides it."""
LOGICAL = {"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"}
MONOTONE = {"exp": math.exp, "sqrt": _root, "sinh": math.sinh, "tanh": math.tanh, "atan": math.atan}
BOUNDED = {"sin": (-1.0, 1.0), "cos": (-1.0, 1.0), "sign": (-1.0, 1.0)}
OPERATIONS: dict[str, Callable[..., Interval]] = {
    "add": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "add_any": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "sub": lambda a, b: (a[0] - b[1], a[1] - b[0]),
    "neg": lambda a: (-a[1], -a[0]),
    "mul": _product,
    "div": _quotient,
    "max": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    "min": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
}

"""Functions as what JAX traces of them: compiled code is found by that, never by identity.

JAX keeps what it compiled by the function object. A function that reads a global, an attribute
or a captured array stays the same object when these change, and would go on with what it read
first. So a function that may change is traced at each call, and what was compiled is found again
by what the trace says: its operations are compared, and the arrays in it are arguments.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import jax
import numpy as np
from jax.extend import core

from ..immutable import is_immutable
from . import mappings

_context, _number = jax.make_user_context(0), itertools.count(1)
_JAX = f" at {Path(jax.__file__).parent}"
_OURS = f" at {Path(__file__).parents[1]}"
_OPEN = ("_piecewise at ", "ufunc_api.py")
"""In the names of functions of JAX that it keeps the traces of, though they call a user's."""


class Program:
    """What JAX traced of a function, without its arrays: two are equal that compute the same.

    Attributes:
        jaxpr: the operations; its constants are arguments.
        tree: the structure of the result.
        is_differentiable: whether the derivative is known from the operations alone. A user's
            derivative rule (`jax.custom_jvp`) is a function of its own, which may change.
    """

    def __init__(self, jaxpr: core.Jaxpr, tree: Any):
        described = _Description()
        self.jaxpr, self.tree = jaxpr, tree
        self._content = (described.jaxpr(jaxpr), tree)
        self.is_differentiable = described.has_derivatives
        self._hash = hash(self._content)

    def __eq__(self, other: object) -> bool:
        if self is other or not isinstance(other, Program):
            return self is other
        return self._hash == other._hash and self._content == other._content

    def __hash__(self) -> int:
        return self._hash


@functools.partial(
    jax.tree_util.register_dataclass, data_fields=("constants",), meta_fields=("program",)
)
@dataclass(frozen=True)
class Traced:
    """A function as it was when it was traced, of arguments shaped as they were."""

    program: Program
    constants: list[Any]

    FUNCTIONS: ClassVar = ()

    def __call__(self, *args: Any) -> Any:
        """What the function gives."""
        closed = core.ClosedJaxpr(self.program.jaxpr, self.constants)
        found = core.jaxpr_as_fun(closed)(*jax.tree.leaves(args))
        return jax.tree.unflatten(self.program.tree, found)


def traced(function: Callable[..., Any], *args: Any) -> Traced:
    """A function as it is now.

    Args:
        function: of trees of arrays.
        args: arrays, or their shapes and dtypes, as those that it will be called with.
    """

    def now() -> Any:  # of a new function each time, as JAX keeps traces by the function
        return jax.make_jaxpr(lambda *args: function(*args), return_shape=True)(*args)

    closed, shape = now()
    if _has_parts(closed.jaxpr):  # which JAX keeps too, but for each context anew
        with _context(next(_number)):
            closed, shape = now()
    captured = zip(closed.jaxpr.constvars, closed.consts, strict=True)
    constants = [_argument(variable.aval, constant) for variable, constant in captured]
    return Traced(Program(_fixed(closed.jaxpr), jax.tree.structure(shape)), constants)


def compiled_for(jitted: Any, *parts: Any) -> Callable[..., Any]:
    """A compiled function for one call of the library, in which nothing changes.

    Args:
        jitted: what `jax.jit` made of a function.
        parts: the rule, the objective and what else of the arguments holds functions. Where one
            of them may have changed since the last call, the function is traced anew.
    """
    mappings.drop_some()
    return jitted if is_immutable(parts) else _Anew(jitted)


class _Anew:
    """A function that is traced once for each form of its arguments."""

    def __init__(self, jitted: Any):
        self._function, self._known = jitted.__wrapped__, {}

    def __call__(self, *args: Any, **static: Any) -> Any:
        leaves, tree = jax.tree.flatten(args)
        form = (tree, tuple(static.items()), *map(jax.typeof, leaves))
        if form not in self._known:

            def of_leaves(*leaves: Any) -> Any:
                return self._function(*jax.tree.unflatten(tree, leaves), **static)

            self._known[form] = traced(of_leaves, *leaves)
        return _called(self._known[form], *leaves)


@jax.jit
def _called(function: Traced, *leaves: Any) -> Any:
    return function(*leaves)


def _argument(aval: Any, constant: Any) -> Any:
    """A constant of a trace as an argument of what is compiled."""
    return constant if isinstance(constant, jax.Array) else np.asarray(constant, aval.dtype)


def _has_parts(jaxpr: core.Jaxpr) -> bool:
    """Whether a user's function is traced as a part of it: jitted, or the body of a loop."""
    for equation in jaxpr.eqns:
        for part in core.jaxprs_in_params(equation.params):
            source = part.debug_info.func_src_info or ""
            is_known = _JAX in source or _OURS in source
            if not is_known or any(name in source for name in _OPEN) or _has_parts(part):
                return True
    return False


def _fixed(part: Any) -> Any:
    """A jaxpr, or a part of one, with copies of the arrays that a user may change in place."""
    if isinstance(part, core.ClosedJaxpr):
        return core.ClosedJaxpr(_fixed(part.jaxpr), _fixed(part.consts))
    if isinstance(part, core.Jaxpr):
        equations = [
            equation.replace(invars=_fixed(equation.invars), params=_fixed(equation.params))
            for equation in part.eqns
        ]
        return part.replace(eqns=equations, outvars=_fixed(part.outvars))
    if isinstance(part, core.Literal):
        return core.Literal(_fixed(part.val), part.aval)
    if isinstance(part, dict):
        return {name: _fixed(value) for name, value in part.items()}
    if type(part) in (tuple, list):
        return type(part)(map(_fixed, part))
    is_mutable = hasattr(part, "__array__") and not isinstance(part, (jax.Array, np.generic))
    return np.array(part) if is_mutable else part


class _Description:
    """The operations of a jaxpr as a value that can be compared."""

    has_derivatives = True

    def jaxpr(self, jaxpr: core.Jaxpr) -> Hashable:
        """All of it; variables are numbered in their order."""
        numbers: dict[core.Var, int] = {}

        def new(var: core.Var) -> Any:
            numbers[var] = len(numbers)
            return var.aval

        def known(atom: Any) -> Hashable:
            if isinstance(atom, core.Literal):
                return atom.aval, self.content(atom.val)
            return numbers[atom]

        inputs = tuple(map(new, (*jaxpr.constvars, *jaxpr.invars)))
        equations = []
        for equation in jaxpr.eqns:
            arguments = tuple(map(known, equation.invars))
            outputs = tuple(map(new, equation.outvars))
            equations.append((equation.primitive, self._params(equation), arguments, outputs))
        return inputs, tuple(equations), tuple(map(known, jaxpr.outvars))

    def content(self, value: Any) -> Hashable:
        """A parameter of an operation, or a literal."""
        if isinstance(value, core.ClosedJaxpr):
            return self.jaxpr(value.jaxpr), tuple(map(self.content, value.consts))
        if isinstance(value, core.Jaxpr):
            return self.jaxpr(value)
        if isinstance(value, (tuple, list)):
            return tuple(map(self.content, value))
        if isinstance(value, dict):
            return tuple((name, self.content(part)) for name, part in value.items())
        if isinstance(value, (int, float, complex)) or hasattr(value, "__array__"):
            array = np.asarray(value)  # by its bits: 0 is not -0, and NaN is itself
            return type(value).__name__, array.dtype.name, array.shape, array.tobytes()
        try:
            hash(value)
        except TypeError:
            return object()  # equal to nothing
        return value

    def _params(self, equation: core.JaxprEqn) -> Hashable:
        if not equation.primitive.name.startswith("custom_"):
            return self.content(equation.params)
        params = dict(equation.params)
        called = self.content(params.pop("call_jaxpr"))
        rules = [rule for rule in params.values() if hasattr(rule, "debug_info")]
        sources = [rule.debug_info.func_src_info or "" for rule in rules]
        self.has_derivatives &= all(_JAX in source for source in sources)
        return called, tuple(sources)

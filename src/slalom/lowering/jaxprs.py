"""Reads a formula off its jaxpr: for what our own arrays cannot read, where JAX is installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.extend import core

from ..rules import Leaves
from ..rules.state import of_one
from . import tree
from .graph import CannotLowerError, Kind, Node, constant, first_why_not, kind_of
from .numbers import WEAK
from .operations import OF_NUMBERS
from .reading import Begin, Leaf, Reading, Step

Shape = tuple[int, ...]

NAMES = {
    "add_any": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "rem": "fmod",
    "neg": "negative",
    "max": "maximum",
    "min": "minimum",
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "is_finite": "isfinite",
}
"""Primitives whose operation has another name."""
NAMES |= {name: name for name in (*OF_NUMBERS, "rsqrt", "cbrt", "exp2", "logistic", "clamp")}
LOGICAL = {name: f"logical_{name}" for name in ("and", "or", "not", "xor")}
REDUCED = {"reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min"}
SAME = {"copy", "copy_p", "broadcast_in_dim", "reshape", "squeeze", "expand_dims", "stop_gradient"}
"""Primitives that change no element."""
CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
}
"""Primitives that call a jaxpr, and the name under which they hold it."""


def read(begin: Begin, step: Step, leaf: Leaf) -> Reading:
    """The nodes of what `step` computes.

    Raises:
        CannotLowerError: the formula has no graph.
    """
    with jax.enable_x64(True):
        array = jax.ShapeDtypeStruct(leaf.shape, leaf.dtype)
        # a Python float is traced as a weak float64, which yields to any array
        numbers = [
            0.5 if kind == WEAK else jax.ShapeDtypeStruct((), leaf.dtype) for kind in leaf.kinds
        ]
        try:
            state = jax.eval_shape(lambda n, x: of_one(begin(n, Leaves([x]))), numbers, array)
            traced, (delta, after) = jax.make_jaxpr(_of_one(step), return_shape=True)(
                numbers, array, array, state
            )
        except jax.errors.ConcretizationTypeError as error:
            raise CannotLowerError("its formula branches on a number or an element") from error
    leaf.check_step(delta, state, after)
    given, (x, g) = leaf.numbers, leaf.arrays
    before = leaf.entries(tree.mapped(lambda entry: Leaves([entry]), state))
    outputs = walk(traced.jaxpr, traced.consts, [*given, x, g, *before], leaf.shape)
    return Reading(state, given, x, g, before, outputs[0], outputs[1:])


def _of_one(step: Step) -> Any:
    """The step of a tree of one leaf, as a function of arrays."""

    def of_arrays(numbers: Any, x: Any, g: Any, state: Any) -> Any:
        held = tree.mapped(lambda entry: Leaves([entry]), state)
        delta, after = step(numbers, Leaves([x]), Leaves([g]), held)
        return delta[0], of_one(after)

    return of_arrays


def walk(jaxpr: Any, consts: Sequence[Any], inputs: Sequence[Node], shape: Shape) -> list[Node]:
    """The nodes of a jaxpr's outputs; jaxprs inside it are walked in place."""
    known = dict(zip(jaxpr.invars, inputs, strict=True))
    known |= {v: _constant(c) for v, c in zip(jaxpr.constvars, consts, strict=True)}

    def node(atom: Any) -> Node:
        return _constant(atom.val) if isinstance(atom, core.Literal) else known[atom]

    for equation in jaxpr.eqns:
        arguments = [node(atom) for atom in equation.invars]
        if equation.primitive.name in CALLS:
            inner = equation.params[CALLS[equation.primitive.name]]
            outputs = walk(inner.jaxpr, inner.consts, arguments, shape)
        else:
            outputs = [_operation(equation, arguments, out.aval, shape) for out in equation.outvars]
        known |= dict(zip(equation.outvars, outputs, strict=True))
    return [node(atom) for atom in jaxpr.outvars]


def _constant(value: Any) -> Node:
    value = np.asarray(value)
    if value.ndim:
        return Node("unknown", (), "", Kind.NUMBER, why_not="it holds an array of constants")
    return constant(value, value.dtype.name)


def _operation(equation: Any, inputs: list[Node], out: Any, shape: Shape) -> Node:
    name = equation.primitive.name
    is_whole = out.shape == shape or (out.shape == () and not any(n.varies for n in inputs))
    if name in SAME and is_whole:
        return inputs[0]
    known = _reduction(equation, out, shape) if name in REDUCED else None
    if is_whole:
        known = known or _elementwise(name, equation.params, [n.dtype for n in inputs], out.dtype)
    if known is None:
        why_not = f"no kernel knows {name} as an operation on single elements"
        known, attributes = "unknown", {}
    else:
        why_not, (known, attributes) = "", known
    why_not = first_why_not(inputs) or why_not
    return Node(known, tuple(inputs), out.dtype.name, kind_of(known, inputs), attributes, why_not)


Known = tuple[str, dict[str, Any]]


def _reduction(equation: Any, out: Any, shape: Shape) -> Known | None:
    """The name of a reduction over all of a leaf, None for others."""
    of_all = equation.invars[0].aval.shape == shape and out.shape == ()
    return (REDUCED[equation.primitive.name], {}) if of_all else None


def _elementwise(name: str, params: dict[str, Any], inputs: list[str], dtype: Any) -> Known | None:
    """The name and the attributes of an operation, None where it is not known."""
    if name == "convert_element_type":
        return "astype", {}
    if name in LOGICAL:
        return (LOGICAL[name], {}) if np.dtype(dtype) == bool else None
    if name == "select_n":
        return ("select", {}) if inputs[0] == "bool" and len(inputs) == 3 else None
    if name == "integer_pow":
        return name, {"power": params["y"]}
    if name == "round":
        return (name, {}) if params["rounding_method"].name == "TO_NEAREST_EVEN" else None
    return (NAMES[name], {}) if name in NAMES else None

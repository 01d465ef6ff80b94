"""A rule's `update` as a graph of scalar operations, read off its jaxpr.

Numbers that are the same for all elements (`1 - beta1**t`) are told apart from what differs from
element to element, so that the loop computes only the latter. Every node keeps its dtype: a
Python number meets a float32 array as it does in NumPy, and among themselves numbers are float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.extend import core

from .. import jax as _slalom_jax  # noqa: F401 (Leaves as pytrees)
from ..errors import SlalomError
from ..rules import Leaves, Rule, chain, stepping, with_settings
from ..rules.state import named, of_one
from .numbers import WEAK, markers, structured
from .operations import expression

Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Node:
    """One operation: Python text over the names of its inputs."""

    text: str
    """an input is `{0}`, `{1}`; a node without inputs is a name or a number itself"""
    inputs: tuple[Node, ...]
    dtype: str
    varies: bool
    """from element to element"""
    why_not: str = ""
    """why no kernel computes it: an error only where the step depends on it"""


@dataclass(frozen=True)
class Entry:
    """One entry of a rule's state."""

    path: str
    node: Node
    after: Node

    @property
    def is_array(self) -> bool:
        """Whether it has the parameter's shape, rather than being a scalar."""
        return self.node.varies


@dataclass(frozen=True)
class Formula:
    """What one step computes from the numbers, an element and its state."""

    numbers: tuple[Node, ...]
    """t, then every hyperparameter"""
    labels: tuple[str, ...]
    """what each of the numbers is"""
    moved: Node
    """the element after the step"""
    entries: tuple[Entry, ...]
    structure: Any
    """the tree that the state is"""

    @property
    def arrays(self) -> list[Entry]:
        """The entries that have the parameter's shape."""
        return [e for e in self.entries if e.is_array]

    @property
    def scalars(self) -> list[Entry]:
        """The entries that are one number for a leaf."""
        return [e for e in self.entries if not e.is_array]


def formula(skeleton: Rule, dtype: str, shape: Shape) -> Formula:
    """What the `update` of a rule computes, traced for a leaf of some shape.

    Args:
        skeleton: the rule, with a marker for each number, as `numbers.skeleton` gives it.
        dtype: of the leaf.
        shape: of the leaf; the formula does not depend on it if the rule is elementwise.

    Raises:
        SlalomError: the formula is not elementwise, or has a part that no kernel knows.
    """
    names, kinds = zip(("t", WEAK), *markers(skeleton), strict=True)
    with jax.enable_x64(True):
        leaf = jax.ShapeDtypeStruct(shape, dtype)
        # a Python float is traced as a weak float64, which yields to any array
        given = [0.5 if k == WEAK else jax.ShapeDtypeStruct((), dtype) for k in kinds]
        try:
            whole = jax.eval_shape(
                lambda x, *n: stepping.begin(_filled(skeleton, n), Leaves([x])), leaf, *given[1:]
            )
            if any(not isinstance(entry, Leaves) for entry in named(whole).values()):
                raise SlalomError("its state is shared by all leaves")
            state = of_one(whole)

            def step(numbers: Sequence[Any], x: Any, g: Any, state: Any) -> Any:
                rule = _filled(skeleton, numbers[1:])
                held = jax.tree.unflatten(jax.tree.structure(whole), jax.tree.leaves(state))
                offers = stepping.Offers(g=lambda: Leaves([g]))
                delta, new = stepping.step(rule, held, Leaves([x]), numbers[0], offers)
                return delta[0], of_one(new)

            traced, out = jax.make_jaxpr(step, return_shape=True)(given, leaf, leaf, state)
        except jax.errors.ConcretizationTypeError as error:
            raise SlalomError("its formula branches on a number or an element") from error
        except SlalomError:
            raise
        except Exception as error:  # whatever a user's formula raises is the reason
            line = str(error).partition("\n")[0]
            raise SlalomError(f"it does not trace: {type(error).__name__}: {line}") from error
    paths, leaves = _labelled(state)
    _check_outputs(leaf, state, out)
    numbers = tuple(
        Node(f"h{i}", (), "float64" if k == WEAK else dtype, varies=False)
        for i, k in enumerate(kinds)
    )
    x, g = Node("x", (), dtype, varies=True), Node("g", (), dtype, varies=True)
    befores = [Node(f"s{i}", (), dtype, varies=s.shape == shape) for i, s in enumerate(leaves)]
    delta, *afters = walk(traced.jaxpr, traced.consts, [*numbers, x, g, *befores], shape)
    entries = tuple(map(Entry, paths, befores, afters))
    if any(e.after.varies and not e.is_array for e in entries):
        raise SlalomError("a scalar of its state depends on single elements")
    moved = Node("{0} + {1}", (x, delta), dtype, True, delta.why_not)
    return Formula(numbers, names, moved, entries, jax.tree.structure(state))


def _filled(skeleton: Rule, numbers: Sequence[Any]) -> Rule:
    """The rule with traced numbers in the places of the markers, taken as they are."""
    rule = with_settings(skeleton, structured(skeleton, numbers), checked=False)
    for link in chain(rule):
        # else `Rule.at` would give them the dtype of the leaf, which a Python number has not
        object.__setattr__(link, "at", lambda t, x, link=link: link)
    return rule


def _labelled(state: Any) -> tuple[list[str], list[Any]]:
    found, _ = jax.tree.flatten_with_path(state)
    return [jax.tree_util.keystr(path).lstrip(".") for path, _ in found], [s for _, s in found]


def _check_outputs(leaf: Any, state: Any, out: tuple[Any, Any]) -> None:
    delta, after = out
    if delta.dtype != leaf.dtype or delta.shape not in ((), leaf.shape):
        raise SlalomError(f"its step of {leaf.dtype} is {delta.dtype} of another kind or shape")
    if jax.tree.structure(after) != jax.tree.structure(state):
        raise SlalomError("its state changes its structure from step to step")
    for s, new in zip(jax.tree.leaves(state), jax.tree.leaves(after), strict=True):
        if s.dtype != leaf.dtype or new.dtype != leaf.dtype:
            raise SlalomError(f"its state has entries of {s.dtype} beside {leaf.dtype}")
        if s.shape not in ((), leaf.shape) or new.shape not in ((), s.shape):
            raise SlalomError("its state has entries of another shape than the parameter's")


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


CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
}


def _constant(value: Any) -> Node:
    value = np.asarray(value)
    if value.ndim:
        return Node("", (), "", varies=False, why_not="it holds an array of constants")
    number = repr(value.item())
    number = f'float("{number}")' if number in ("inf", "-inf", "nan") else number
    return Node(f"np.{value.dtype.name}({number})", (), value.dtype.name, varies=False)


def _operation(equation: Any, inputs: list[Node], out: Any, shape: Shape) -> Node:
    name, dtype = equation.primitive.name, out.dtype.name
    varies = any(node.varies for node in inputs)
    why_not = next((node.why_not for node in inputs if node.why_not), "")
    text = expression(name, equation.params, [node.dtype for node in inputs], dtype)
    is_elementwise = out.shape == shape or (out.shape == () and not varies)
    if text is None or not is_elementwise:
        why_not = why_not or f"no kernel knows {name} as an operation on single elements"
    return Node(text or "", tuple(inputs), dtype, varies, why_not)

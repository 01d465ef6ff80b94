"""A formula as Python source: the file that Numba compiles, and keeps compiled beside it."""

from __future__ import annotations

import textwrap

from ..lowering import Formula, Node, Plan, planned
from . import loops
from .operations import expression
from .templates import FUNCTION, HEAD, block


def source(formula: Formula, name: str, dtype: str) -> str:
    """The text of the file.

    Raises:
        SlalomError: the step depends on an operation that no kernel knows.
    """
    plan = planned(formula)
    legend = [f"h{i}: {label}" for i, label in enumerate(formula.labels)]
    legend += [f"{expression(e.node)}: {e.path or 'the state'}" for e in formula.entries]
    head = HEAD.format(
        name=name,
        dtype=dtype,
        legend=textwrap.fill(", ".join(legend), 96),
        access=", ".join(loops.ACCESS if plan.is_simple else loops.ACCESS_OF_PASSES),
    )
    passes = range(len(plan.passes))
    parts = [_numbers(plan, k) + _element(plan, k) + loops.printed(plan, k, dtype) for k in passes]
    return head + "".join(parts)


def _numbers(plan: Plan, number: int) -> str:
    """The function of what is computed before a pass."""
    one = plan.passes[number]
    names = {node: f"n{i}" for i, node in enumerate(one.fixed)} | loops.known_sums(plan, number)
    results = [*one.shared, *(e.after for e in loops.stored(plan, number))]
    name = loops.named("numbers", plan)[number]
    return _function(name, loops.given(plan, number), names, results)


def _element(plan: Plan, number: int) -> str:
    """The function of what a pass computes of each element."""
    one = plan.passes[number]
    names = {node: f"r{i}" for i, node in enumerate(one.shared)}
    given = [*names.values(), *(expression(node) for node in loops.columns(plan, number))]
    names |= {node: f"e{i}" for i, node in enumerate(one.varying)}
    return _function(loops.named("element", plan)[number], given, names, one.results)


def _function(name: str, given: list[str], names: dict[Node, str], results: list[Node]) -> str:
    """A function that computes the operations among `names`, and returns the results."""

    def called(node: Node) -> str:
        return names.get(node) or expression(node)

    body = [
        f"{called(node)} = {expression(node).format(*map(called, node.inputs))}"
        for node in names
        if node.inputs and called(node) not in given
    ]
    joined = ", ".join(map(called, results))
    return FUNCTION.format(name=name, given=", ".join(given), body=block(1, body), results=joined)

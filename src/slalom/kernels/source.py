"""A formula as Python source: the file that Numba compiles, and keeps compiled beside it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import numpy as np

from ..lowering import Formula, Node
from .operations import expression
from .plan import Plan, planned
from .templates import ADVANCE, FUNCTION, HEAD, LINE, PREPARE
from .work import WORDS


def source(formula: Formula, name: str, dtype: str) -> str:
    """The text of the file.

    Raises:
        SlalomError: the step depends on an operation that no kernel knows.
    """
    plan = planned(formula)
    legend = [f"h{i}: {label}" for i, label in enumerate(formula.labels)]
    legend += [f"{expression(e.node)}: {e.path or 'the state'}" for e in formula.entries]
    about = textwrap.fill(", ".join(legend), 96)
    head = HEAD.format(name=name, dtype=dtype, legend=about, shared=len(plan.shared))
    return head + _numbers(plan) + _element(plan) + _prepare(plan) + _advance(plan, dtype)


def _numbers(plan: Plan) -> str:
    names = {node: f"n{i}" for i, node in enumerate(plan.fixed)}
    given = [*plan.formula.numbers, *(e.node for e in plan.scalars)]
    results = [*plan.shared, *(e.after for e in plan.scalars)]
    return _function("numbers", [expression(n) for n in given], names, results)


def _element(plan: Plan) -> str:
    names = {node: f"r{i}" for i, node in enumerate(plan.shared)}
    given = [*names.values(), "x", "g", *(expression(e.node) for e in plan.arrays)]
    names |= {node: f"e{i}" for i, node in enumerate(plan.varying)}
    results = [plan.formula.moved, *(e.after for e in plan.arrays)]
    return _function("element", given, names, results)


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
    return FUNCTION.format(name=name, given=", ".join(given), body=_block(1, body), results=joined)


def _prepare(plan: Plan) -> str:
    entries, count = plan.scalars, len(plan.scalars)
    loads = [
        f"{expression(e.node)} = load(scalars[leaf, {k}], 0, {k}, {count}, np.{e.node.dtype})"
        for k, e in enumerate(entries)
    ]
    stores = [f"store(scalars[leaf, {k}], 0, {k}, {count}, z{k})" for k in range(count)]
    results = [f"rows[leaf, {k}]" for k in range(len(plan.shared))]
    given = [f"h[{k}]" for k in range(len(plan.formula.numbers))]
    given = [
        text if node.dtype == "float64" else f"np.{node.dtype}({text})"
        for text, node in zip(given, plan.formula.numbers, strict=True)
    ]
    return PREPARE.format(
        loads=_block(2, loads),
        results=", ".join([*results, *(f"z{k}" for k in range(count))]),
        given=", ".join([*given, *(expression(e.node) for e in entries)]),
        stores=_block(2, stores),
    )


def _advance(plan: Plan, dtype: str) -> str:
    states = [expression(e.node) for e in plan.arrays]
    columns = ["g", "x", *states]
    count = len(columns)
    numbers = [
        f"r{k} = np.{n.dtype}(read(rows, row + {k}, np.float64))".replace("np.bool(", "bool(")
        for k, n in enumerate(plan.shared)
    ]
    same = {"g"} | {expression(e.node) for e in plan.arrays if e.after is e.node}
    stores = [f"store(a{k}, i, {k}, {count}, {c}_)" for k, c in enumerate(columns) if c not in same]
    return ADVANCE.format(
        words=len(WORDS),
        unpacked=_block(
            1, [f"{word} = read(work, {k}, np.int64)" for k, word in enumerate(WORDS[:-1])]
        ),
        next=WORDS.index("next"),
        line=LINE,
        shared=len(plan.shared),
        itemsize=np.dtype(dtype).itemsize,
        addresses=_block(
            3,
            ["a0 = read(gradients, leaf, np.int64) + skipped"]
            + [
                f"a{k} = read(arrays, leaf * {count - 1} + {k - 1}, np.int64) + skipped"
                for k in range(1, count)
            ],
        ),
        numbers=_block(3, numbers),
        loads=_block(
            4, [f"{c} = load(a{k}, i, {k}, {count}, np.{dtype})" for k, c in enumerate(columns)]
        ),
        results=", ".join(f"{c}_" for c in columns[1:]),
        given=", ".join([*(f"r{k}" for k in range(len(numbers))), "x", "g", *states]),
        stores=_block(4, stores),
    )


def _block(depth: int, lines: Iterable[str]) -> str:
    return "\n".join("    " * depth + line for line in lines)

"""The loops of a kernel as Python source: over leaves, before a pass, and over their elements."""

from __future__ import annotations

import numpy as np

from ..lowering import Entry, Node, Plan
from ..lowering.operations import TREE_REDUCTIONS
from .operations import expression
from .templates import ADVANCE, COMBINE, LINE, PREPARE, PREPARE_LEAVES, REDUCE, SPREAD, block
from .work import STEP_WORDS, SUM_WORDS

ACCESS = ("load", "read", "store", "taken", "write")
"""The functions on memory that the text uses."""
ACCESS_OF_PASSES = ("larger", "load", "read", "smaller", "store", "taken", "write")
IDENTITIES = {"sum": "0.0", "max": "-np.inf", "min": "np.inf"}
JOINED = {"sum": "{0} + {1}", "max": "larger({0}, {1})", "min": "smaller({0}, {1})"}


def printed(plan: Plan, number: int, dtype: str) -> str:
    """What is computed before a pass, and the pass."""
    before = _prepare(plan) if plan.is_simple else _prepare_leaves(plan, number)
    return before + (
        _advance(plan, dtype) if _is_last(plan, number) else _reduce(plan, number, dtype)
    )


def named(name: str, plan: Plan) -> list[str]:
    """The names of one function for all passes; that of the last one has a plain name."""
    return [*(f"{name}{number}" for number in range(1, len(plan.passes))), name]


def width(plan: Plan) -> int:
    """How many numbers a loop takes from before it, at most."""
    return max(len(one.shared) for one in plan.passes)


def stored(plan: Plan, number: int) -> list[Entry]:
    """The scalars of the state that are stored before a pass: all of them before the last one."""
    return [*plan.scalars, *plan.shared] if _is_last(plan, number) else []


def columns(plan: Plan, number: int) -> list[Node]:
    """The arrays that a pass reads; the last one reads x, g and every state."""
    arrays = [plan.formula.x, plan.formula.g, *(e.node for e in plan.arrays)]
    reads = plan.passes[number].reads
    return [node for node in arrays if _is_last(plan, number) or node in reads]


def known_sums(plan: Plan, number: int) -> dict[Node, str]:
    """What earlier passes have reduced, and how it is called."""
    known = [node for one in plan.passes[:number] for node in one.reductions]
    return {node: f"q{k}" for k, node in enumerate(known)}


def given(plan: Plan, number: int) -> list[str]:
    """What is given to the function of numbers."""
    found = [expression(node) for node in plan.formula.numbers]
    found += [expression(e.node) for e in (*plan.scalars, *plan.shared)]
    found += ["size", "tree_size"] if plan.has_sizes else []
    return [*found, *known_sums(plan, number).values()]


def _is_last(plan: Plan, number: int) -> bool:
    return plan.passes[number] is plan.last


def _prepare(plan: Plan) -> str:
    return PREPARE.format(**_before(plan, 0))


def _before(plan: Plan, number: int) -> dict[str, str]:
    """The parts of a loop over leaves; what these share is loaded before it and stored after it."""
    entries, own = [*plan.scalars, *plan.shared], len(plan.scalars)
    places = [f"read(scalars, leaf * {own} + {k}, np.int64)" for k in range(own)]
    places += [f"read(shared, {k}, np.int64)" for k in range(len(plan.shared))]
    numbered = [f"{place}, 0, {k}, {len(entries)}" for k, place in enumerate(places)]
    loads = [
        f"{expression(e.node)} = load({place}, np.{e.node.dtype})"
        for place, e in zip(numbered, entries, strict=True)
    ]
    after = range(len(stored(plan, number)))
    stores = [f"store({numbered[k]}, z{k})" for k in after]
    results = [f"w{k}" for k in range(len(plan.passes[number].shared))]
    writes = [
        f"write(rows, leaf * {width(plan)} + {k}, np.float64({w}))" for k, w in enumerate(results)
    ]
    typed = [
        _of_dtype(f"read(h, {k}, np.float64)", node) for k, node in enumerate(plan.formula.numbers)
    ]
    return {
        "common": block(1, loads[own:]),
        "loads": block(2, loads[:own]),
        "results": ", ".join([*results, *(f"z{k}" for k in after)]),
        "given": ", ".join([*typed, *(expression(e.node) for e in entries)]),
        "writes": block(2, writes),
        "stores": block(2, stores[:own]),
        "ends": block(1, stores[own:]),
    }


def _of_dtype(text: str, node: Node) -> str:
    return text if node.dtype == "float64" else f"np.{node.dtype}({text})"


def _sum_at(plan: Plan, column: int) -> str:
    """The place of a leaf's sum in the table of all sums."""
    return f"leaf * {len(plan.reductions)} + {column}"


def _prepare_leaves(plan: Plan, number: int) -> str:
    parts = _before(plan, number)
    sums = known_sums(plan, number)
    more = ["size", "tree_size"] if plan.has_sizes else []
    found = [f"read(sums, {_sum_at(plan, k)}, np.float64)" for k in range(len(sums))]
    more += [_of_dtype(text, node) for text, node in zip(found, sums, strict=True)]
    parts["given"] = ", ".join([parts["given"], *more])
    return PREPARE_LEAVES.format(
        name=named("prepare", plan)[number],
        about="" if _is_last(plan, number) else f", before pass {number + 1}",
        numbers=named("numbers", plan)[number],
        combined=_combined(plan, number - 1, len(sums)) if number else "",
        **parts,
    )


def _combined(plan: Plan, number: int, known: int) -> str:
    """The sums of all leaves, of those of the pieces; those of the tree stand at every leaf."""
    reductions = plan.passes[number].reductions
    first = known - len(reductions)
    begin, join, end, spread = [], [], [], []
    for k, node in enumerate(reductions):
        name = node.operation.removeprefix("tree_")
        begin.append(f"q{k} = {IDENTITIES[name]}")
        partial = f"read(partials, piece * {len(reductions)} + {k}, np.float64)"
        place = _sum_at(plan, first + k)
        join.append(f"q{k} = {JOINED[name].format(f'q{k}', partial)}")
        end.append(f"write(sums, {place}, q{k})")
        if node.operation in TREE_REDUCTIONS:
            joined = JOINED[name].format(f"q{k}", f"read(sums, {place}, np.float64)")
            spread.append(
                SPREAD.format(q=f"q{k}", identity=IDENTITIES[name], joined=joined, place=place)
            )
    combined = COMBINE.format(begin=block(2, begin), join=block(3, join), end=block(2, end))
    return combined + "".join(spread)


def _advance(plan: Plan, dtype: str) -> str:
    states = [expression(e.node) for e in plan.arrays]
    names = ["g", "x", *states]
    count = len(names)
    same = {"g"} | {expression(e.node) for e in plan.arrays if e.after is e.node}
    stores = [f"store(a{k}, i, {k}, {count}, {c}_)" for k, c in enumerate(names) if c not in same]
    numbers = _read_numbers(plan, len(plan.passes) - 1)
    return ADVANCE.format(
        words=len(STEP_WORDS),
        unpacked=_unpacked(STEP_WORDS),
        next=STEP_WORDS.index("next"),
        line=LINE,
        shared=width(plan),
        itemsize=np.dtype(dtype).itemsize,
        addresses=block(3, [_address(plan, k, name) for k, name in enumerate(names)]),
        numbers=block(3, numbers),
        loads=block(4, _loads(names, dtype)),
        results=", ".join(f"{c}_" for c in names[1:]),
        given=", ".join([*(f"r{k}" for k in range(len(numbers))), "x", "g", *states]),
        stores=block(4, stores),
    )


def _reduce(plan: Plan, number: int, dtype: str) -> str:
    names = [expression(node) for node in columns(plan, number)]
    numbers = _read_numbers(plan, number)
    reductions = plan.passes[number].reductions
    kinds = [node.operation.removeprefix("tree_") for node in reductions]
    count = len(kinds)
    joined = [JOINED[kind].format(f"q{k}", f"np.float64(e{k})") for k, kind in enumerate(kinds)]
    return REDUCE.format(
        name=named("reduce", plan)[number],
        words=len(SUM_WORDS),
        unpacked=_unpacked(SUM_WORDS),
        next=SUM_WORDS.index("next"),
        shared=width(plan),
        itemsize=np.dtype(dtype).itemsize,
        addresses=block(2, [_address(plan, k, name) for k, name in enumerate(names)]),
        numbers=block(2, numbers),
        begin=block(2, [f"q{k} = {IDENTITIES[kind]}" for k, kind in enumerate(kinds)]),
        loads=block(3, _loads(names, dtype)),
        results=", ".join(f"e{k}" for k in range(count)),
        element=named("element", plan)[number],
        given=", ".join([*(f"r{k}" for k in range(len(numbers))), *names]),
        join=block(3, [f"q{k} = {text}" for k, text in enumerate(joined)]),
        end=block(2, [f"write(partials, number * {count} + {k}, q{k})" for k in range(count)]),
    )


def _read_numbers(plan: Plan, number: int) -> list[str]:
    """What a loop takes from before it."""
    return [
        f"r{k} = np.{n.dtype}(read(rows, row + {k}, np.float64))".replace("np.bool(", "bool(")
        for k, n in enumerate(plan.passes[number].shared)
    ]


def _unpacked(words: tuple[str, ...]) -> str:
    lines = [f"{word} = read(work, {k}, np.int64)" for k, word in enumerate(words[:-1])]
    return block(1, lines)


def _address(plan: Plan, k: int, name: str) -> str:
    """Where the first element of an array lies."""
    if name == "g":
        return f"a{k} = read(gradients, leaf, np.int64) + skipped"
    written = ["x", *(expression(e.node) for e in plan.arrays)]
    place = f"leaf * {len(written)} + {written.index(name)}"
    return f"a{k} = read(arrays, {place}, np.int64) + skipped"


def _loads(names: list[str], dtype: str) -> list[str]:
    count = len(names)
    return [f"{c} = load(a{k}, i, {k}, {count}, np.{dtype})" for k, c in enumerate(names)]

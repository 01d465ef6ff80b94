"""How far the rules of other libraries end from those here, after 100 steps of a small problem.

Written to docs/disagreements.md by `python -m tools.conventions`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tests.modern.problems import problem
from tests.modern.running import off, path

from slalom.rules import MAKERS, Rule, Wrapper, parse
from slalom.rules.presets import counterparts, preset, with_counterpart

PAGE = Path(__file__).parents[1] / "docs" / "disagreements.md"
INSIDE = "adam(lr=0.02)"
MATRICES_ALONE = ("muon", "normuon", "adamuon")
ABOUT = """\
# How far the libraries disagree

What [conventions](conventions.md) lists as settings, as distances: each rule as a library has it,
`adam@keras`, beside the rule with Slalom's own settings, for 100 steps on the problem `matrices`
of `tests/modern/problems.py`: two matrices and a vector, a quadratic loss with a sum of sines for
noise, float64. A number is the largest `|a - b| / max(1, |b|)` over the components of the points
to judge. *At its defaults* is with all numbers that the library has, its learning rate among them;
*at the same numbers* is what its formula alone does, at Slalom's numbers. A library that agrees in
both is not listed. What iterates in bfloat16 does so in float64 here; wrappers stand around
`adam(lr=0.02)`, and rules of matrices alone beside gradient descent for the vector.

`make conventions` writes this page.

| rule | library | at its defaults | at the same numbers |
|---|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    return ABOUT + "".join(_lines())


def _lines() -> Iterator[str]:
    for name, maker in MAKERS.items():
        for library in dict.fromkeys(one.library for one in counterparts(maker)):
            defaults, same = apart(name, library)
            if max(defaults, same) > 1e-13:
                yield f"| {name} | {library} | {_written(defaults)} | {_written(same)} |\n"


def apart(name: str, library: str) -> tuple[float, float]:
    """At the library's defaults, and at the numbers that the rule has here."""
    maker = MAKERS[name]
    known = next(one for one in counterparts(maker) if one.library == library)
    here, there = maker(), preset(maker, library)()
    numbers = {field: getattr(here, field, None) for field in known.defaults}
    same = with_counterpart(maker, known, {k: v for k, v in numbers.items() if v is not None})
    return _off(there, here), _off(same, here)


def _off(one: Rule, other: Rule) -> float:
    with np.errstate(all="ignore"):
        return off(_end(one), _end(other))


@functools.cache
def _end(rule: Rule) -> list[Any]:
    """The points to judge after the last step."""
    if getattr(rule, "ns_dtype", None) == "bfloat16":
        return _end(rule.replace(ns_dtype=None))
    if isinstance(rule, Wrapper) and rule.rule is None:
        return _end(rule | parse(INSIDE))
    if rule.name in MATRICES_ALONE:
        beside = parse("partition(matrices=muon(0.02), rest=gradient_descent(0.01))")
        return _end(beside.replace(matrices=rule))
    return path(rule, problem("matrices(seed=1)"))[1][-1]


def _written(size: float) -> str:
    if size <= 1e-13:
        return "0"
    return f"{size:.1g}" if np.isfinite(size) else "diverges"

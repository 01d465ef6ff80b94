"""Every rule of verdict, on figures just on either side of every threshold in it.

The figures are searched for: drawn at random, and one of them moved until a comparison just turns
over. A comparison that is turned round, a number that is another one, or a part that is left out
must change a verdict there.
"""

import ast
import copy
import math
import random
from dataclasses import replace
from itertools import pairwise

import pytest

from slalom.articles.claims import FAILS, HOLDS, IN_PART, Claim
from slalom.articles.claims.catalogue import CLAIMS
from slalom.errors import SlalomError

COUNTS = range(5)


def trees(claim):
    """The two conditions of a claim, `a > b > c` written as `a > b and b > c`."""
    return [Unchained().visit(ast.parse(t, mode="eval")) for t in (claim.holds, claim.in_part)]


class Unchained(ast.NodeTransformer):
    def visit_Compare(self, node):
        pairs = pairwise([node.left, *node.comparators])
        parts = [ast.Compare(a, [op], [b]) for (a, b), op in zip(pairs, node.ops, strict=True)]
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)


def nodes(claim, kind):
    return [node for tree in trees(claim) for node in ast.walk(tree) if isinstance(node, kind)]


def names_in(node):
    """The figures that an expression names."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - {"abs", "min", "max"}


def changed(claim):
    """The claim with one thing changed: a comparison, a number, or a part left out for the next."""
    for field, tree in zip(("holds", "in_part"), trees(claim), strict=True):
        for node in list(ast.walk(tree)):
            if isinstance(node, ast.Compare):
                yield _with(claim, field, tree, node, ast.UnaryOp(ast.Not(), node))
            if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
                yield _with(claim, field, tree, node, ast.Constant(node.value * 1.001 + 1e-6))
            several = getattr(node, "values", None) or getattr(node, "args", [])
            for part, neighbour in zip(several, [*several[1:], *several[:1]], strict=True):
                if part is not neighbour:
                    yield _with(claim, field, tree, part, neighbour)


def _with(claim, field, tree, old, new):
    """The claim with one node of a condition replaced."""
    return replace(claim, **{field: ast.unparse(copy.deepcopy(tree, {id(old): new}))})


def draws(claim, count):
    """Figures of the sizes that the conditions speak of, near their numbers and far from them."""
    names = sorted(set().union(*map(names_in, trees(claim))))
    numbers = sorted({float(n.value) for n in nodes(claim, ast.Constant) if n.value} or {1.0})
    rng = random.Random(0)

    def figure():
        if rng.random() < 0.3:
            return rng.choice(COUNTS)
        size = rng.choice(numbers) * (1 + rng.choice((-1, 1)) * 10 ** rng.uniform(-4, 0.5))
        return size * rng.choice((1, 1, -1))

    for _ in range(count):
        yield {name: figure() for name in names}


def sides(comparison, figures, name):
    """Where one of the figures is just on either side of a comparison's thresholds."""
    code = compile(ast.unparse(comparison), "comparison", "eval")

    def holds(x):
        return eval(code, {}, figures | {name: x})

    if isinstance(comparison.ops[0], ast.Eq):
        return [x + by for x in COUNTS if holds(x) for by in (-1, 0, 1)]
    scale = max(map(abs, figures.values())) or 1.0
    places = sorted([figures[name], *(x * scale for x in (-10, -1, -0.1, 0, 0.1, 1, 10))])
    found = []
    for low, high in pairwise(places):
        if (at_low := holds(low)) != holds(high):
            while not math.isclose(low, high, rel_tol=1e-9, abs_tol=1e-15):
                middle = (low + high) / 2
                low, high = (middle, high) if holds(middle) == at_low else (low, middle)
            found += [low, high]
    return found


def unseen(claim, count=3000):
    """Verdicts that are never reached, and rules that give the same verdicts as the claim's."""
    same, verdicts = list(changed(claim)), {HOLDS, IN_PART, FAILS}
    for figures in draws(claim, count):
        for comparison in nodes(claim, ast.Compare):
            for name in sorted(names_in(comparison)):
                for x in sides(comparison, figures, name):
                    row = figures | {name: x}
                    verdict = claim.verdict(row)
                    verdicts.discard(verdict)
                    same = [other for other in same if other.verdict(row) == verdict]
        if not same and not verdicts:
            break
    return [*(other.rule for other in same), *verdicts]


@pytest.mark.parametrize("name", CLAIMS)
def test_every_part_of_a_rule_decides(name):
    assert unseen(CLAIMS[name]) == []


def claim(holds, in_part):
    return Claim(
        id="C0", sentence="", articles=(), experiment="", measure=None, holds=holds, in_part=in_part
    )


@pytest.mark.parametrize(
    ("holds", "in_part", "left"),
    [
        ("x > 1 and x > 0", "x > -1", ["x > 1 and x > 1", "x > 1 and x > 1e-06"]),
        ("x > y and min(x, z) > y", "z > y", ["min(x, z) > y and min(x, z) > y"]),
        ("x > 2", "x > 3", [IN_PART, "x > 3.003001"]),
        ("x >= y or x < y", "z > y", [IN_PART, FAILS]),
    ],
)
def test_an_idle_part_is_found(holds, in_part, left):
    found = unseen(claim(holds, in_part), count=200)
    assert all(any(text in rule for rule in found) for text in left)


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        ({"a": 2.0, "b": 1.0}, HOLDS),
        ({"a": 2.0, "b": 3.0}, IN_PART),
        ({"a": 1.0, "b": 3.0}, FAILS),
    ],
)
def test_the_verdict_is_the_first_condition_that_is_true(figures, verdict):
    assert claim("a > b", "abs(a - 2) <= 0.5").verdict(figures) == verdict


def test_a_rule_that_names_no_figure():
    with pytest.raises(SlalomError, match="C0: the rule 'a > c' names no figure: name 'c'"):
        claim("a > c", "False").verdict({"a": 1.0})

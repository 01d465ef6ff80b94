"""All landscapes by name, and the one reading of a text that names a landscape."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import TextError, unknown
from ..immutable import immutable
from ..scanner import NAME, NUMBER, Scanner
from . import articles, classics, families, habr
from .expression import NAMES
from .family import Family
from .formula import parse_formula
from .from_file import from_file
from .landscape import Landscape
from .orbit import orbit

CATALOGUE: dict[str, Landscape] = {
    each.name: each
    for each in (
        habr.simple_quad,
        habr.wobbly,
        habr.basins_and_walls,
        habr.ripple,
        habr.giant_plateau,
        habr.hills_and_canyon,
        habr.two_minimums,
        articles.square_sum,
        articles.complex_sum,
        articles.parabola_1d,
        articles.cosine_1d,
        articles.bowl,
        articles.narrow_canyon,
        orbit,
        articles.saddle,
        articles.local_minimum,
        articles.cliff,
        families.quadratic,
        families.noisy_quadratic,
        families.rosenbrock,
        families.rastrigin,
        families.styblinski_tang,
        families.ackley,
        families.michalewicz,
        classics.beale,
        classics.booth,
        classics.himmelblau,
        classics.goldstein_price,
        classics.three_hump_camel,
        classics.six_hump_camel,
        classics.mccormick,
        classics.monkey_saddle,
        classics.matyas,
        classics.easom,
        classics.levy_13,
    )
}
for _each in CATALOGUE.values():
    immutable(_each.function, _each.defined)


def find(text: str, domain: Sequence[Sequence[float]] | None = None) -> Landscape:
    """The landscape that a text names. Equal texts give the same object.

    Args:
        text: a name of `CATALOGUE`; a member of a family, `rosenbrock(dim=10)`; `FILE.py:name`,
            a landscape or a function of separate coordinates; or a formula, `x**2 + 3*sin(y)`.
        domain: (low, high) of each axis, where it is not to be the landscape's own.

    Raises:
        SlalomError: there is no such landscape, the text is none of these, or the domain is
            none for it.
    """
    text = text.strip()
    head = re.match(rf"({NAME})[ \t\n]*(\(|\Z)", text)
    if file := re.fullmatch(r"(.+\.py):(\w+)", text):
        found = from_file(*file.groups())
    elif head is None or head[1] in NAMES or (head[2] and _is_call(text, head[1])):
        # at once on its domain: it may be defined nowhere on the usual one
        return parse_formula(text) if domain is None else parse_formula(text, domain)
    else:
        found = _known(text, head)
    return found if domain is None else found.on(domain)


def _is_call(text: str, name: str) -> bool:
    """Whether a name that is no landscape's is called as a function of x or y, as in `ln(x)`."""
    return name not in CATALOGUE and re.search(r"\b[xy]\b", text) is not None


def _known(text: str, head: re.Match[str]) -> Landscape:
    """A landscape of the catalogue, or a member of its family."""
    if head[1] not in CATALOGUE:
        raise TextError(unknown("landscape", head[1], CATALOGUE, also=NAMES), text, 0)
    named = CATALOGUE[head[1]]
    if not head[2]:
        return named
    if not isinstance(named.family, Family):
        raise TextError(f"{named.name} has no parameters", text, head.start(2))
    return named.of(**_parameters(text, list(named.family.defaults)))


def _parameters(text: str, order: list[str]) -> dict[str, float]:
    """The numbers of `name(number, name=number, …)`, those without a name in `order`."""
    scanner = Scanner(text, {"number": rf"[+-]?{NUMBER}", "name": NAME, "sign": r"[(),=]"})
    values: dict[str, float] = {}
    scanner.take()
    scanner.expect("(")
    while not scanner.accept(")"):
        token = scanner.token
        if token.kind == "name":
            name = scanner.take().text
            scanner.expect("=")
        elif len(values) < len(order):
            name = order[len(values)]
        else:
            scanner.fail(f"more than {len(order)} parameters")
        if name in values:
            scanner.fail(f"{name} is given twice", token)
        if scanner.token.kind != "number":
            scanner.fail("expected a number")
        if token.kind == "number":
            scanner.refuse_decimal_comma(token)
        values[name] = float(scanner.take().text)
        if scanner.token.text != ")":
            scanner.expect(",")
    if scanner.token.kind != "end":
        scanner.fail("expected the end")
    return values

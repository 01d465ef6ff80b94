"""Typed formulas: `x**2 + 3*sin(y)` becomes a landscape, and nothing of Python is evaluated.

    sum      = product (("+" | "-") product)*
    product  = factor (("*" | "/") factor)*
    factor   = ("+" | "-") factor | power
    power    = atom (("**" | "^") factor)?
    atom     = number | constant | variable | function "(" sum ("," sum)* ")" | "(" sum ")"

Operators bind as in Python. Everything is a real number.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

from ..errors import SlalomError, clip
from ..scanner import NAME, NUMBER, Scanner, Token
from .expression import CONSTANTS, FUNCTIONS, OPERATIONS, VARIABLES, Formula, pop
from .landscape import Domain, Landscape, checked_domain
from .spelling import unknown_name
from .start import corner, started

# Keeps compiling quick, and the canonical text of any formula within what a Scanner reads.
MAX_OPERATIONS = 300
# `np.sin` is one name, so that it can be said what it is here
KINDS = {"number": NUMBER, "name": rf"{NAME}(?:\.{NAME})*", "sign": r"\*\*|[-+*/^(),]"}
ELSEWHERE = {
    "|": "|x| is abs(x)",
    "%": "x % y is x - y*floor(x/y)",
    "=": "only what stands behind = is a formula",
    **dict.fromkeys("[]{}", "brackets are ( and )"),
    **dict.fromkeys("<>", "there are no comparisons, but max, min and sign"),
}
"""What to type for characters that people know from other languages."""


def parse_formula(text: str, domain: Sequence[Sequence[float]] | None = None) -> Landscape:
    """The landscape of a typed formula in x, or in x and y.

    Args:
        text: the formula; its canonical text becomes the landscape's name.
        domain: (low, high) of each axis, default (-3, 3).

    Returns:
        The same object for equal formulas and domains.

    Raises:
        TextError: as `parse`.
        SlalomError: no variable, a domain that is none, or no finite value anywhere on it.
    """
    formula = parse(text)
    if not formula.variables:
        raise SlalomError(f"{clip(text)!r} names no variable; a formula is in x, or in x and y")
    dim = 2 if "y" in formula.variables else 1
    domain = ((-3.0, 3.0),) * dim if domain is None else domain
    return _landscape(formula, dim, checked_domain(clip(text), domain, dim))


@functools.lru_cache(maxsize=1024)
def _landscape(formula: Formula, dim: int, domain: Domain) -> Landscape:
    import numpy as np

    limited = _computed(formula, np.ones((dim, 1)))[1] is not True
    return started(
        Landscape(
            name=str(formula),
            function=functools.partial(_value, formula),
            dim=dim,
            domain=domain,
            start=corner(domain),
            formula=str(formula),
            source="typed formula",
            defined=functools.partial(_defined, formula) if limited else None,
        )
    )


def _computed(formula: Formula, p: Any) -> tuple[Any, Any]:
    import numpy as np

    with np.errstate(all="ignore"):  # too large or not defined is a value
        return formula(dict(zip(VARIABLES, p, strict=False)))


def _value(formula: Formula, p: Any) -> Any:
    return _computed(formula, p)[0]


def _defined(formula: Formula, p: Any) -> Any:
    return _computed(formula, p)[1]


def parse(text: str) -> Formula:
    """Read a formula.

    Raises:
        TextError: the text is no formula, a part without variables has no real value or is too
            large, or it has more than `MAX_OPERATIONS` operations.
    """
    return _Parser(text).formula()


class _Parser:
    def __init__(self, text: str):
        self.scanner = Scanner(text, KINDS, ELSEWHERE)
        self.program: list[float | str] = []
        self.known: list[float | None] = []  # the values of parts without variables
        self.operations = 0

    def formula(self) -> Formula:
        self.sum()
        if self.scanner.token.kind != "end":
            token = self.scanner.token
            told = ", as in 2*x," if token.kind in ("number", "name") or token.text == "(" else ""
            self.scanner.fail(f"expected an operator{told} or the end")
        return Formula(tuple(self.program))

    def sum(self):
        self.product()
        while sign := self.scanner.accept("+", "-"):
            self.product()
            self.operation(sign.text, sign)

    def product(self):
        self.factor()
        while sign := self.scanner.accept("*", "/"):
            self.factor()
            self.operation(sign.text, sign)

    def factor(self):
        with self.scanner:
            if sign := self.scanner.accept("+", "-"):
                self.factor()
                if sign.text == "-":
                    self.operation("negative", sign)
                return
            self.atom()
            if sign := self.scanner.accept("**", "^"):
                self.factor()
                self.operation("**", sign)

    def atom(self):
        token = self.scanner.token
        if token.kind == "number":
            self.number(self.scanner.take())
        elif token.kind == "name":
            self.name(self.scanner.take())
        elif self.scanner.accept("("):
            self.sum()
            self.scanner.expect(")")
        else:
            self.scanner.fail("expected a number, a name or '('")

    def number(self, token: Token):
        value = float(token.text)
        if math.isinf(value):
            self.scanner.fail("too large a number", token)
        self.program.append(value)
        self.known.append(value)

    def name(self, token: Token):
        name = token.text
        if name in FUNCTIONS:
            self.arguments(token)
        elif name in VARIABLES or name in CONSTANTS:
            self.program.append(name)
            self.known.append(CONSTANTS.get(name))
        else:
            self.scanner.fail(unknown_name(name), token)

    def arguments(self, function: Token):
        arity = OPERATIONS[function.text].arity
        if not self.scanner.accept("("):
            self.scanner.fail(f"expected '(' after {function.text}")
        self.sum()
        for _ in range(arity - 1):
            if not self.scanner.accept(","):
                self.scanner.fail(f"expected ',': {function.text} takes {arity} arguments")
            self.sum()
        self.scanner.expect(")")
        self.operation(function.text, function)

    def operation(self, name: str, token: Token):
        """Append an operation on what the program left last."""
        self.operations += 1
        if self.operations > MAX_OPERATIONS:
            self.scanner.fail(f"more than {MAX_OPERATIONS} operations", token)
        arguments = pop(self.known, OPERATIONS[name].arity)
        self.known.append(None if None in arguments else self.constant(name, arguments, token))
        self.program.append(name)

    def constant(self, name: str, arguments: list, token: Token) -> float:
        """The value of an operation on numbers, which must be a finite real number."""
        try:
            value = OPERATIONS[name].apply(*arguments)
        except (ValueError, ZeroDivisionError):
            value = math.nan
        except OverflowError:
            value = math.inf
        if isinstance(value, complex) or math.isnan(value):
            self.scanner.fail(f"{name} has no real value here", token)
        if math.isinf(value):
            self.scanner.fail(f"the result of {name} is too large", token)
        return value

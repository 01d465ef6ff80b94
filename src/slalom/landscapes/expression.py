"""A typed formula as a value: how it is computed, where it is defined, how it is written."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import functions

MAX_WHOLE_POWER = 64  # up to here a power is a chain of products, exact for any base

VARIABLES = ("x", "y")
CONSTANTS = {"pi": math.pi, "tau": math.tau, "e": math.e}


@dataclass(frozen=True)
class Operation:
    """A function or an operator: what it gives, and the arguments for which it is defined."""

    apply: Callable[..., Any]
    arity: int = 1
    defined: Callable[..., Any] | None = None


def _power(base, exponent):
    constant = functions.is_number(exponent) and not functions.is_number(base)
    if constant and exponent.is_integer() and abs(exponent) <= MAX_WHOLE_POWER:
        return base ** int(exponent)
    return base**exponent


def _power_defined(base, exponent):
    if functions.is_number(exponent):
        if exponent.is_integer():
            return exponent >= 0 or base != 0
        return _holds(base > 0, base) if exponent < 0 else _holds(base >= 0, base)
    # An exponent that varies is not always whole, so that the base must not be negative.
    return _holds((base > 0) | ((base == 0) & (exponent >= 0)), base * exponent)


def _holds(condition, argument):
    """The condition, and True for NaN: it comes from overflow, which is within the domain."""
    return condition | (argument != argument)


OPERATIONS = {
    "+": Operation(lambda a, b: a + b, 2),
    "-": Operation(lambda a, b: a - b, 2),
    "*": Operation(lambda a, b: a * b, 2),
    "/": Operation(lambda a, b: a / b, 2, lambda _, b: b != 0),
    "**": Operation(_power, 2, _power_defined),
    "negative": Operation(lambda a: -a),
    "sin": Operation(functions.sin),
    "cos": Operation(functions.cos),
    "tan": Operation(functions.tan),
    "asin": Operation(functions.asin, 1, lambda a: _holds(abs(a) <= 1, a)),
    "acos": Operation(functions.acos, 1, lambda a: _holds(abs(a) <= 1, a)),
    "atan": Operation(functions.atan),
    "sinh": Operation(functions.sinh),
    "cosh": Operation(functions.cosh),
    "tanh": Operation(functions.tanh),
    "exp": Operation(functions.exp),
    "log": Operation(functions.log, 1, lambda a: _holds(a > 0, a)),
    "log2": Operation(functions.log2, 1, lambda a: _holds(a > 0, a)),
    "log10": Operation(functions.log10, 1, lambda a: _holds(a > 0, a)),
    "sqrt": Operation(functions.sqrt, 1, lambda a: _holds(a >= 0, a)),
    "abs": Operation(functions.absolute),
    "sign": Operation(functions.sign),
    "floor": Operation(functions.floor),
    "min": Operation(functions.minimum, 2),
    "max": Operation(functions.maximum, 2),
}
FUNCTIONS = tuple(name for name in OPERATIONS if name.isidentifier() and name != "negative")
NAMES = (*VARIABLES, *CONSTANTS, *FUNCTIONS)

SUM, PRODUCT, FACTOR, POWER, ATOM = range(5)  # how tightly a text binds
# of an operator: how tightly it binds, and how tightly its two sides must
BINDING = {
    "+": (SUM, SUM, PRODUCT),
    "-": (SUM, SUM, PRODUCT),
    "*": (PRODUCT, PRODUCT, FACTOR),
    "/": (PRODUCT, PRODUCT, FACTOR),
    "**": (POWER, ATOM, FACTOR),
}


@dataclass(frozen=True)
class Formula:
    """A formula as a program in postfix order, which needs no recursion however long it is.

    Attributes:
        program: numbers to put on a stack (floats, 0 or more and finite), names of `VARIABLES`
            and `CONSTANTS`, and names of `OPERATIONS`, which replace their arguments.
    """

    program: tuple[float | str, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that occur, in the order of `VARIABLES`."""
        return tuple(name for name in VARIABLES if name in self.program)

    def __call__(self, values: dict[str, Any]) -> tuple[Any, Any]:
        """The value, and where it is defined, from arrays of one shape for the variables.

        The second is a plain True where nothing in the formula has a limited domain.
        """
        stack: list[Any] = []
        everywhere = True
        for step in self.program:
            if not isinstance(step, str):
                stack.append(step)
            elif step in OPERATIONS:
                operation = OPERATIONS[step]
                arguments = pop(stack, operation.arity)
                stack.append(operation.apply(*arguments))
                if operation.defined is not None:
                    everywhere = everywhere & operation.defined(*arguments)
            else:
                stack.append(values[step] if step in values else CONSTANTS[step])
        return stack[0], everywhere

    def __str__(self) -> str:
        """The canonical text: `parse` of it gives this formula again."""
        stack: list[tuple[str, int]] = []  # texts, and how tightly each binds
        for step in self.program:
            if not isinstance(step, str):
                stack.append((repr(step).removesuffix(".0"), ATOM))
            elif step in BINDING:
                binds, left, right = BINDING[step]
                a, b = pop(stack, 2)
                sign = f" {step} " if binds == SUM else step
                stack.append((_bracketed(a, left) + sign + _bracketed(b, right), binds))
            elif step == "negative":
                stack.append(("-" + _bracketed(stack.pop(), FACTOR), FACTOR))
            elif step in OPERATIONS:
                arguments = pop(stack, OPERATIONS[step].arity)
                stack.append((f"{step}({', '.join(text for text, _ in arguments)})", ATOM))
            else:
                stack.append((step, ATOM))
        return stack[0][0]


def pop(stack: list, count: int) -> list:
    """The last `count` entries, taken off the stack."""
    taken = stack[-count:]
    del stack[-count:]
    return taken


def _bracketed(part: tuple[str, int], at_least: int) -> str:
    text, binds = part
    return text if binds >= at_least else f"({text})"

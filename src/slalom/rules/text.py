"""The text form of a rule, read: `clip_norm(1.0) | adam(lr=exponential(0.4, rate=0.1))`.

    rule      = part { "|" part }
    part      = [ ( FILE.py | LIBRARY ) ":" ] NAME [ "@" PRESET ] [ arguments ]
    arguments = "(" [ argument { "," argument } ] ")"
    argument  = [ NAME "=" ] value                     positional ones first, in field order
    value     = number [ "/" number ] | true | false | none | inf | word | schedule | rule
              | STRING                                 a pattern of names, "*.gate"
              | "(" value "," … ")"                    a tuple
              | "[" value "," … "]"                    a sweep: one rule for each value

Printing is `str(rule)`; the two are inverse to each other.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from typing import Any

from ..errors import SlalomError, clip, unknown
from ..scanner import NAME, NUMBER, Scanner, Token
from . import libraries
from .catalogue import MAKERS, SCHEDULES, Maker
from .making import from_file, made
from .presets import preset
from .rule import Rule
from .torch_names import unknown_rule
from .wrappers import Wrapper

MAX_SWEEP = 10_000
KINDS = {
    "file": r"[^\s()\[\]|,=:;'\"]+\.py(?=:)",
    "number": NUMBER,
    "name": NAME,
    "string": r"\"[^\"]*\"|'[^']*'",
    "custom": "<custom>",
    "sign": r"[()\[\]|,=/@:+-]",
}
ELSEWHERE = {
    **dict.fromkeys("*^", "a number is written out, as in 1e-3, and a pattern of names in quotes"),
    **dict.fromkeys("\"'", "a quote that is not closed,"),
    "%": "a share is written out, as in 0.05",
    ".": "an optimizer of a library is written with a colon, as in optax:lion",
}
"""What to type for characters that people know from other languages."""
_WORDS = {"true": True, "false": False, "none": None, "inf": math.inf}


def parse(text: str) -> Rule:
    """The one rule that `text` stands for.

    Raises:
        TextError: the text is not of the grammar, pointing at the character.
        SlalomError: a name, a field or a value that is not allowed, or a sweep.
    """
    rules = parse_all(text)
    if len(rules) > 1:
        raise SlalomError(f"{clip(text)!r} sweeps over {len(rules)} rules; here one is allowed")
    return rules[0]


def as_rule(rule: Any) -> Rule:
    """The rule that was given or written.

    Raises:
        SlalomError: it is neither.
    """
    rule = parse(rule) if isinstance(rule, str) else rule
    if not isinstance(rule, Rule):
        raise SlalomError(f"rule must be a Rule or a string, got {type(rule).__name__}")
    return rule


def parse_all(text: str) -> list[Rule]:
    """All rules that `text` stands for: every combination of its sweeps, in order.

    Raises:
        TextError: the text is not of the grammar, pointing at the character.
        SlalomError: a name, a field or a value that is not allowed, or more than
            10,000 combinations.
    """
    scanner = Scanner(text, KINDS, ELSEWHERE)
    chain = _chain(scanner)
    if scanner.token.kind != "end":
        scanner.fail("expected the end of the rule, '|' or '('")
    return chain


def _chain(scanner: Scanner) -> list[Any]:
    """One value, or several joined by `|`."""
    begin = scanner.token
    links = [_part(scanner, MAKERS, "rule")]
    while scanner.accept("|"):
        links.append(_part(scanner, MAKERS, "rule"))
    if any(not isinstance(v, Wrapper) for link in links[:-1] for v in link):
        scanner.fail("only a wrapper may stand before '|'", begin)
    if any(isinstance(v, Wrapper) and v.rule is None for v in links[-1]):
        scanner.fail("a wrapper needs a rule: add '| adam()' to the text,", begin)
    return [_joined(combination) for combination in _combinations(links)]


def _joined(links: tuple[Any, ...]) -> Rule:
    rule = links[-1]
    for wrapper in reversed(links[:-1]):
        rule = wrapper | rule
    return rule


def _combinations(choices: list[list[Any]]) -> list[tuple[Any, ...]]:
    if math.prod(len(c) for c in choices) > MAX_SWEEP:
        raise SlalomError(f"a sweep of more than {MAX_SWEEP} rules")
    return list(itertools.product(*choices))


def _part(scanner: Scanner, makers: Mapping[str, Maker], kind: str) -> list[Any]:
    """`NAME(arguments)`: one value for every combination of the sweeps inside."""
    begin = scanner.token
    maker = _maker(scanner, makers, kind)
    whole = scanner.text[begin.start : scanner.token.start].rstrip()  # with its library or file
    begin = Token(begin.kind, whole, begin.start)
    if scanner.accept("@"):
        maker = _preset(scanner, maker)
    positional: list[list[Any]] = []
    named: dict[str, list[Any]] = {}
    if scanner.accept("("):
        with scanner:
            read_arguments(scanner, positional, named)
    count, found = len(positional), []
    for values in _combinations([*positional, *named.values()]):
        own = dict(zip(named, values[count:], strict=True))
        found.append(made(maker, begin, scanner, values[:count], own, parse))
    return found


def _maker(scanner: Scanner, makers: Mapping[str, Maker], kind: str) -> Maker:
    token = scanner.take()
    if token.kind == "file":
        scanner.expect(":")
        name = scanner.take()
        if name.kind != "name":
            scanner.fail("expected the name of a rule", name)
        _refuse_preset(scanner, token)
        return from_file(token.text, name.text)
    if token.kind != "name":
        scanner.fail(f"expected the name of a {kind}", token)
    if scanner.accept(":"):
        name = scanner.take()
        _refuse_preset(scanner, token)
        if name.kind == "custom":
            scanner.fail("a rule made in Python, which no text stands for,", name)
        if name.kind != "name":
            scanner.fail(f"expected the name of an optimizer of {token.text}", name)
        return libraries.maker(token.text, name.text)
    if token.text not in makers:
        of_rule = makers is MAKERS
        told = unknown_rule(token.text, makers) if of_rule else unknown(kind, token.text, makers)
        scanner.fail(told, token)
    return makers[token.text]


def _refuse_preset(scanner: Scanner, owner: Token) -> None:
    if scanner.token.text == "@":
        scanner.fail(f"presets are of Slalom's own rules; this one is of {clip(owner.text)},")


def _preset(scanner: Scanner, maker: Maker) -> Maker:
    library = scanner.take()
    if library.kind != "name":
        scanner.fail("expected the name of a library, as in adam@torch,", library)
    try:
        return preset(maker, library.text)
    except SlalomError as error:
        scanner.fail(str(error), library)


def read_arguments(scanner: Scanner, positional: list, named: dict) -> None:
    """Read `argument, …)` into the values of each argument: several where it sweeps."""
    while not scanner.accept(")"):
        begin = scanner.token
        value = _value(scanner)
        if scanner.accept("="):
            if begin.kind != "name" or value != [begin.text]:
                scanner.fail("expected a name before '='", begin)
            if begin.text in named:
                scanner.fail(f"{begin.text} is given twice", begin)
            named[begin.text] = _value(scanner)
        elif named:
            scanner.fail("a positional argument after a named one", begin)
        else:
            scanner.refuse_decimal_comma(begin)
            positional.append(value)
        if scanner.token.text != ")":
            scanner.expect(",")


def _value(scanner: Scanner) -> list[Any]:
    """The values that stand for one argument: several where it sweeps."""
    token = scanner.token
    if scanner.accept("["):
        with scanner:
            swept = [v for values in _items(scanner, "]") for v in values]
        return swept or scanner.fail("an empty sweep", token)
    if scanner.accept("("):
        with scanner:
            return _combinations(_items(scanner, ")"))
    if token.kind == "number" or token.text in ("-", "+"):
        return [_number(scanner)]
    if token.kind == "string":
        return [scanner.take().text[1:-1]]
    if token.kind not in ("name", "file"):
        scanner.fail("expected a value")
    if token.text in _WORDS:
        return [_WORDS[scanner.take().text]]
    if token.text in SCHEDULES:
        return _part(scanner, SCHEDULES, "schedule")
    if token.kind == "file" or scanner.after() in (":", "@", "|"):
        return _chain(scanner)
    if scanner.after() == "(":
        if token.text in MAKERS:
            return _chain(scanner)
        scanner.fail(unknown("schedule", token.text, SCHEDULES, also=MAKERS), token)
    return [scanner.take().text]


def _items(scanner: Scanner, closing: str) -> list[list[Any]]:
    items = []
    while not scanner.accept(closing):
        if re.match("0[0-9]", scanner.token.text):
            scanner.refuse_decimal_comma(scanner.token)
        items.append(_value(scanner))
        if scanner.token.text != closing:
            scanner.expect(",")
    return items


def _number(scanner: Scanner) -> float:
    sign = (
        -1 if (scanner.accept("-") or scanner.accept("+") or Token("", "+", 0)).text == "-" else 1
    )
    if scanner.token.text == "inf":
        scanner.take()
        return sign * math.inf
    value = _digits(scanner)
    if slash := scanner.accept("/"):
        below = _digits(scanner)
        if below == 0:
            scanner.fail("division by zero", slash)
        value = value / below
    return sign * value


def _digits(scanner: Scanner) -> float:
    token = scanner.take()
    if token.kind != "number":
        scanner.fail("expected a number", token)
    is_whole = token.text.isdigit() and len(token.text) < 16
    return int(token.text) if is_whole else float(token.text)

"""What the text of a rule names is made, of a file of one's own too, with its arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .. import files
from ..errors import SlalomError, unknown
from ..scanner import Scanner, Token
from .catalogue import MAKERS, Maker
from .presets import meant_by, parameters
from .rule import Rule
from .schedules import Schedule
from .torch_names import spelled
from .value import Value, own_fields
from .wrappers import Wrapper


def from_file(path: str, name: str) -> Maker:
    """What makes a rule of a file of Python: a class of it, a function, or a rule as it is.

    Raises:
        SlalomError: there is none of that name.
    """
    found = files.member(path, name)
    if isinstance(found, Rule):
        return lambda: _named(found, path)
    if isinstance(found, type) and issubclass(found, Rule):
        _name(found, f"{path}:{name}")
        return found
    if not callable(found):
        raise SlalomError(f"{path}:{name} must be a rule, got {type(found).__name__}")

    @functools.wraps(found)
    def make(*args: Any, **kwargs: Any) -> Any:
        return _named(found(*args, **kwargs), path)

    return make


def _named(made: Any, path: str) -> Any:
    """`made`, after its classes, and those it wraps, got the names that find them in the file."""
    part = made
    while isinstance(part, Rule):
        _name(type(part), f"{path}:{type(part).__name__}")
        part = part.rule if isinstance(part, Wrapper) else None
    return made


def _name(cls: type[Rule], name: str) -> None:
    """Let a class print as the text that finds it, unless the catalogue has a name for it."""
    if cls not in MAKERS.values():
        cls.name = name


def made(
    maker: Maker,
    begin: Token,
    scanner: Scanner,
    positional: Sequence[Any],
    named: dict[str, Any],
    parse: Callable[[str], Rule],
) -> Value:
    """A rule or a schedule, with its arguments.

    Args:
        maker: makes it.
        begin: its name in the text.
        scanner: reads the text.
        positional: arguments without a name.
        named: arguments with one.
        parse: makes a rule of an argument that is a bare name.

    Raises:
        TextError: an argument that there is not, or twice.
        SlalomError: a value that is not allowed.
    """
    arguments = spelled(maker, named)
    known = parameters(maker)
    for name in arguments:
        if name not in known:
            meant = meant_by(maker, name)
            told = f"{name} is {meant} here" if meant else unknown("argument", name, known)
            scanner.fail(f"{begin.text}: {told}", begin)
    is_variadic = getattr(maker, "variadic", False)
    if len(positional) > len(known) and not is_variadic:
        scanner.fail(f"{begin.text} takes at most {len(known)} arguments", begin)
    for name in known[: 1 if is_variadic else len(positional)] if positional else ():
        if name in arguments:
            scanner.fail(f"{begin.text}: {name} is given twice", begin)
    given = dict(zip(known, positional, strict=False)) | arguments
    arguments |= _rules(maker, begin, scanner, given, parse)
    try:
        found = maker(*positional, **arguments)
    except TypeError as error:  # of Python, which begins with the name of a method
        message = str(error)
        scanner.fail(f"{begin.text}: {message.partition('() ')[2] or message}", begin)
    if not isinstance(found, (Rule, Schedule)):
        raise SlalomError(f"{begin.text} must give a Rule, got {type(found).__name__}")
    return found


def _rules(
    maker: Maker,
    begin: Token,
    scanner: Scanner,
    given: dict[str, Any],
    parse: Callable[[str], Rule],
) -> dict[str, Any]:
    """The arguments that are rules, bare names too; refuses a rule where none may be."""
    if not (isinstance(maker, type) and issubclass(maker, Value)):
        return {}
    holding = {f.name for f in own_fields(maker) if f.metadata.get("kind") == "part"}
    for name, value in given.items():
        if isinstance(value, Rule) and name not in holding:
            scanner.fail(f"{begin.text}: {name} is no rule", begin)
    return {n: parse(v) if isinstance(v, str) else v for n, v in given.items() if n in holding}

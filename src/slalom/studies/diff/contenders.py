"""What may be compared: a rule, or an optimizer of a library's own such as `torch:Adam(lr=0.1)`."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...descent.checks import asks_for_loss
from ...errors import SlalomError, unknown
from ...rules import Rule, chain, parse
from ...rules.counterpart import NO_NUMBERS
from ...rules.text import ELSEWHERE, KINDS, read_arguments
from ...rules.value import Value, written
from ...scanner import Scanner
from .arenas import Arena
from .counterparts import COMPARED, counterpart
from .libraries import LIBRARIES
from .sides import RuleSide, Side


class Call(NamedTuple):
    """`LIBRARY:NAME(arguments)`, read."""

    library: str
    name: str
    positional: tuple[Any, ...]
    named: dict[str, Any]

    def __str__(self) -> str:
        shown = [written(v, self.name) for v in self.positional]
        shown += [f"{name}={written(v, name)}" for name, v in self.named.items()]
        return f"{self.library}:{self.name}({', '.join(shown)})"


@dataclass(frozen=True)
class Contender:
    """One of the two that are compared.

    Attributes:
        text: what it is called: as it was written, so that a preset keeps its name.
        name: of the innermost rule, or of the library's optimizer: `adam`, `torch:Adam`.
        settings: the same with every hyperparameter.
        library: whose optimizer it is; None for a rule of Slalom's.
        rule: itself as a rule of Slalom's, by its library's preset; None where there is none.
        needs_loss: whether it asks for the loss or the Hessian, which a signal does not have.
        side: drives it on an arena.
    """

    text: str
    name: str
    settings: str
    library: str | None
    rule: Rule | None
    needs_loss: bool
    side: Callable[[Arena], Side]


def contender(given: Rule | str) -> Contender:
    """The contender that a rule or a text stands for.

    Raises:
        SlalomError: it is neither, or an optimizer or argument that the library does not have.
    """
    text = given
    if isinstance(given, str):
        if re.match(rf"\s*({'|'.join(LIBRARIES)})\s*:", given):
            return _from_library(_call(given))
        if found := re.search(rf"\|\s*({'|'.join(LIBRARIES)})\s*:", given):
            spoken = LIBRARIES[found[1]].spoken
            raise SlalomError(f"an optimizer of {spoken} is compared as it is, without wrappers")
        given = parse(given)
    if not isinstance(given, Rule):
        raise SlalomError(
            f"what is compared must be a Rule or a string such as 'adam(lr=0.1)', "
            f"got {type(given).__name__}"
        )
    *wrappers, inner = chain(given)
    library, _, name = inner.name.rpartition(":")
    own: Rule | None = given
    if library in COMPARED:
        fields = dataclasses.fields(inner)
        numbers = {field.name: getattr(inner, field.name) for field in fields}
        own = counterpart(library, name, numbers, {f.name: f.default for f in fields})
        own = functools.reduce(_within, reversed(wrappers), own)
    drive = functools.partial(RuleSide, given)
    foreign = library if library in COMPARED else None
    said = text.strip() if isinstance(text, str) else given.text()
    needs_loss = bool(asks_for_loss(given))
    return Contender(said, inner.name, given.text(full=True), foreign, own, needs_loss, drive)


def _within(rule: Rule | None, wrapper: Rule) -> Rule | None:
    return None if rule is None else wrapper.rebuilt(rule=rule)


def _call(text: str) -> Call:
    """Reads `LIBRARY:NAME(arguments)`, whose values are those of the rules' texts.

    Raises:
        SlalomError: the text is not of this form, or sweeps.
    """
    scanner = Scanner(text, KINDS, ELSEWHERE)
    library = scanner.take().text
    scanner.expect(":")
    name = scanner.take()
    if name.kind != "name":
        scanner.fail(f"expected the name of an optimizer of {library}", name)
    positional: list[list[Any]] = []
    named: dict[str, list[Any]] = {}
    if scanner.accept("("):
        with scanner:
            read_arguments(scanner, positional, named)
    if scanner.token.kind != "end":
        scanner.fail("expected the end")
    for values in [*positional, *named.values()]:
        if len(values) > 1:
            raise SlalomError(f"{library}:{name.text} sweeps over {len(values)}; one is allowed")
        if isinstance(values[0], Value):
            raise SlalomError(f"{library}:{name.text} takes numbers and words, got {values[0]}")
    first = tuple(value for [value] in positional)
    return Call(library, name.text, first, {k: v for k, [v] in named.items()})


def _from_library(call: Call) -> Contender:
    library = LIBRARIES[call.library]
    if call.name not in library.names:
        kind = f"optimizer of {library.spoken}"
        raise SlalomError(unknown(kind, call.name, library.names))
    try:
        maker = library.find(call.name)
    except ImportError:
        raise SlalomError(f"{call} needs {library.spoken}: pip install {library.package}") from None
    usual = {
        p.name: p.default
        for p in inspect.signature(maker).parameters.values()
        if p.name != "params" and p.kind is not p.VAR_KEYWORD
    }
    for name in call.named:
        if name not in usual:
            raise SlalomError(f"{call.library}:{call.name}: {unknown('argument', name, usual)}")

    def make(*parameters: Any) -> Any:
        return maker(*parameters, *call.positional, **call.named)

    try:
        library.side(make).begin([np.zeros(1)])
    except (TypeError, ValueError, RuntimeError) as error:
        raise SlalomError(f"{call}: {str(error).splitlines()[0]}") from None
    given = usual | dict(zip(usual, call.positional, strict=False)) | call.named
    own = counterpart(call.library, call.name, given, usual)
    shown = {k: v for k, v in given.items() if v is not None and k not in NO_NUMBERS}
    full = Call(call.library, call.name, (), shown)
    name = f"{call.library}:{call.name}"

    def drive(_: Arena) -> Side:
        return library.side(make)

    return Contender(str(call), name, str(full), call.library, own, False, drive)

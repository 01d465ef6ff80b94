"""What the definition of a rule says about itself: its docstring and its fields, as plain data."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, replace
from typing import Any, cast

from .. import files
from ..errors import SlalomError, unknown
from ..rules import (
    COMPOSITIONS,
    RECIPES,
    RULES,
    SCHEDULES,
    WRAPPERS,
    Rule,
    Value,
    libraries,
    presets,
)
from ..rules.counterpart import ASKED, LIBRARIES
from ..rules.value import is_hyper, own_fields, written
from .counterparts import Elsewhere, elsewhere

Maker = Callable[..., Value]

GROUPS: Mapping[str, Mapping[str, Maker]] = {
    "rules": RULES,
    "compositions": COMPOSITIONS,
    "wrappers": WRAPPERS,
    "recipes": RECIPES,
    "schedules": SCHEDULES,
}
_SOURCE = "Source:"


@dataclass(frozen=True)
class Parameter:
    """One field: `allowed` is a range or the choices, as text; an empty text is not known."""

    name: str
    default: str
    allowed: str
    meaning: str


@dataclass(frozen=True)
class Comparison:
    """How the presets of the libraries differ.

    Attributes:
        given: what else is asked for, such as `amsgrad=true`; empty for the defaults.
        settings: setting → library → value as text, in brackets where the library names none
            and Slalom's own stays; None where the library has no such rule.
    """

    given: str
    settings: dict[str, dict[str, str | None]]


@dataclass(frozen=True)
class Explanation:
    """A rule, wrapper, schedule or composition, explained.

    Attributes:
        name: the name in its text form.
        summary: the first sentence.
        body: the paragraphs between it and the source, equations among them, in order.
        formula: the equations alone, one text for each block.
        hyperparameters: numbers, or schedules of them.
        conventions: choices between formulas.
        source: the publication.
        presets: what other libraries compute: at their defaults, and where more is asked for.
        stands_for: the text of a composition with its defaults.
        counterparts: the same in other libraries.
    """

    name: str
    summary: str
    body: list[str] = field(default_factory=list)
    formula: list[str] = field(default_factory=list)
    hyperparameters: list[Parameter] = field(default_factory=list)
    conventions: list[Parameter] = field(default_factory=list)
    source: str = ""
    presets: list[Comparison] = field(default_factory=list)
    stands_for: str = ""
    counterparts: list[Elsewhere] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """All of it as plain values for JSON."""
        return asdict(self)


def explain(name: str) -> Explanation:
    """What is known of a name of the catalogue, `NAME@LIBRARY`, `FILE.py:Name`, or `LIBRARY:NAME`.

    Raises:
        SlalomError: nothing bears the name, or it is no rule.
    """
    path, colon, member = name.rpartition(":")
    if colon:
        is_file = path.endswith(".py")
        found = files.member(path, member) if is_file else libraries.maker(path, member)
        return _own(name, found)
    known = {entry: maker for group in GROUPS.values() for entry, maker in group.items()}
    own, at, library = name.partition("@")
    if own not in known:
        raise SlalomError(unknown("rule", own, known))
    told = _explained(own, known[own])
    return replace(told, stands_for=str(presets.preset(known[own], library)())) if at else told


def summaries() -> dict[str, dict[str, str]]:
    """The first sentence on every name, by group."""
    return {
        group: {name: _blocks(maker)[0] for name, maker in makers.items()}
        for group, makers in GROUPS.items()
    }


def _own(name: str, found: Any) -> Explanation:
    if isinstance(found, Rule):
        return replace(_explained(name, type(found)), stands_for=str(found))
    is_class = isinstance(found, type)
    if not callable(found) or (is_class and not issubclass(found, Value)):
        raise SlalomError(f"{name} must be a rule, got {type(found).__name__}")
    return _explained(name, cast("Maker", found))


def _explained(name: str, maker: Maker) -> Explanation:
    first, *blocks = _blocks(maker)
    source = "".join(block for block in blocks if block.startswith(_SOURCE))
    body = [block for block in blocks if not block.startswith(_SOURCE)]
    cls = maker if isinstance(maker, type) and issubclass(maker, Value) else None
    fields = own_fields(cls) if cls else []
    return Explanation(
        name,
        " ".join(first.split()),
        body,
        [inspect.cleandoc(block) for block in body if block.startswith("    ")],
        [_parameter(f) for f in fields if is_hyper(f)] if cls else _arguments(maker),
        [_parameter(f) for f in fields if not is_hyper(f)],
        " ".join(source.removeprefix(_SOURCE).split()),
        _comparisons(maker),
        "" if cls else _default_text(maker),
        elsewhere(maker),
    )


def _blocks(maker: Maker) -> list[str]:
    """The paragraphs of a docstring, at least one; equations keep their indentation."""
    text = inspect.getdoc(maker) or ""
    own = getattr(maker, "__name__", "")
    if text.startswith(f"{own}("):  # what @dataclass writes where there is none
        text = ""
    return [block.strip("\n") for block in text.split("\n\n")]


def _parameter(f: Any) -> Parameter:
    data = f.metadata
    allowed = str(data.get("within", ""))
    if "choices" in data:
        allowed = _choices(data["choices"], f.name)
    default = "" if f.default is MISSING else written(f.default, f.name)
    return Parameter(f.name, default, allowed, data.get("doc", ""))


def _choices(choices: tuple | range, name: str) -> str:
    if isinstance(choices, range):
        return f"{choices[0]} to {choices[-1]}"
    return ", ".join(written(choice, name) for choice in choices)


def _arguments(maker: Maker) -> list[Parameter]:
    return [
        Parameter(p.name, "" if p.default is p.empty else written(p.default, p.name), "", "")
        for p in inspect.signature(maker).parameters.values()
    ]


def _comparisons(maker: Maker) -> list[Comparison]:
    libraries = presets.presets_of(maker)
    if not libraries:
        return []
    found = [_comparison(maker, {field for own in libraries.values() for field in own}, {})]
    known = presets.counterparts(maker)
    for word, value in dict.fromkeys(key for one in known for key in one.means):
        if presets.defaults(maker).get(word, value) is not value:
            given = {word: value}
            touched = {field for one in known for field in one.meant(given)}
            found.append(_comparison(maker, touched, given))
    return [each for each in found if each.settings]


def _comparison(maker: Maker, fields: set[str], given: dict[str, Any]) -> Comparison:
    known = {one.library: one for one in reversed(presets.counterparts(maker))}
    defaults = presets.defaults(maker)

    def cell(field: str, library: str) -> str | None:
        if library not in known:
            return None
        own = {**known[library].settings, **known[library].meant(given)}
        if field in own and own[field] is ASKED:
            return f"({written(defaults[field], field)})"
        return written(own.get(field, defaults[field]), field)

    libraries = [*LIBRARIES, *(name for name in known if name not in LIBRARIES)]
    return Comparison(
        ", ".join(f"{field}={written(value, field)}" for field, value in given.items()),
        {
            field: {library: cell(field, library) for library in libraries}
            for field in defaults
            if field in fields
        },
    )


def _default_text(maker: Maker) -> str:
    required = [p for p in inspect.signature(maker).parameters.values() if p.default is p.empty]
    return "" if required else str(maker())

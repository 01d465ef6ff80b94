"""Immutable values made of hyperparameters and conventions: the base of rules and schedules.

A hyperparameter is a number (or a schedule): a leaf of the pytree, traced and vmapped. A
convention is a named choice between formulas: static. An absent part is `None`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from .. import files
from ..errors import SlalomError, clip, shown, unknown


@dataclass(frozen=True)
class Interval:
    """The numbers a hyperparameter may have, written as in mathematics: `[0, 1)`."""

    low: float
    high: float
    low_open: bool
    high_open: bool

    @classmethod
    def parse(cls, text: str) -> Interval:
        """The interval that `text` writes, for example `(0, inf)`."""
        low, high = text[1:-1].split(",")
        return cls(float(low), float(high), text[0] == "(", text[-1] == ")")

    def __contains__(self, number: float) -> bool:
        above = number > self.low if self.low_open else number >= self.low
        below = number < self.high if self.high_open else number <= self.high
        return above and below

    def __str__(self) -> str:
        return f"{'[('[self.low_open]}{self.low:g}, {self.high:g}{'])'[self.high_open]}"


def hyper(default: Any, doc: str, within: str = "[0, inf)") -> Any:
    """A field that is a number, or a schedule of numbers.

    Args:
        default: its value where none is given; `None` marks a part that may be absent, and
            `dataclasses.MISSING` one that must be given.
        doc: one phrase, with the unit where there is one.
        within: the interval of allowed values, for example `"[0, 1)"`.
    """
    metadata = {"kind": "hyper", "doc": doc, "within": Interval.parse(within)}
    return dataclasses.field(default=default, metadata=metadata)


def convention(default: Any, doc: str, choices: tuple | range = (False, True)) -> Any:
    """A field that names a choice between formulas.

    Args:
        default: the choice where none is given.
        doc: what the choice means.
        choices: all that are allowed: booleans, words, `None`; or a range of whole numbers.
    """
    metadata = {"kind": "convention", "doc": doc, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


CLASSES: list[type[Value]] = []
_HOOKS: list[Callable[[type[Value]], None]] = []


def on_new_class(hook: Callable[[type[Value]], None]) -> None:
    """Call `hook` with every class of values: those that exist now, and those to come.

    So an engine (JAX, for one) learns of a user's rule, defined later, without being
    imported here.
    """
    _HOOKS.append(hook)
    for cls in CLASSES:
        hook(cls)


@dataclass(frozen=True)
class Value:
    """An immutable value whose fields are hyperparameters and conventions.

    It prints as the text that makes it. A subclass is a frozen dataclass:

        @dataclass(frozen=True)
        class SignDescent(Rule, name="sign_descent"):
            lr: float = hyper(0.01, "learning rate")

    A field without `hyper` or `convention` is a hyperparameter if its default is a number
    and a convention otherwise.
    """

    _given: ClassVar[frozenset[str]] = frozenset()  # on an instance: the fields that were given

    name: ClassVar[str] = "value"
    """What the text form calls the class."""
    shown_bare: ClassVar[int] = 0
    """How many leading fields the text shows without their names."""

    def __init_subclass__(cls, name: str | None = None, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        cls.name = name or cls.__name__
        cls.__repr__ = Value.__repr__  # else @dataclass would write its own
        CLASSES.append(cls)
        for hook in _HOOKS:
            hook(cls)

    def __new__(cls, *args: Any, **kwargs: Any):
        if "__dataclass_fields__" not in cls.__dict__:
            raise SlalomError(f"{cls.__name__} lacks @dataclass(frozen=True) above its class line")
        new = super().__new__(cls)
        first = [f.name for f in own_fields(cls)][: len(args)]
        object.__setattr__(new, "_given", frozenset(first) | kwargs.keys())
        return new

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = _plain(getattr(self, field.name))
            object.__setattr__(self, field.name, value)
            _check(self.name, field, value)

    def __reduce_ex__(self, protocol: Any) -> Any:
        if files.is_own(type(self)):
            return _restored, (type(self), self.name, vars(self))
        return super().__reduce_ex__(protocol)

    def rebuilt(self, **values: Any) -> Any:
        """This value with other field values, unchecked: for tree operations and traced numbers."""
        new = object.__new__(type(self))
        for name, value in {**vars(self), **values}.items():
            object.__setattr__(new, name, value)
        return new

    def replace(self, **values: Any) -> Any:
        """This value with other field values.

        Raises:
            SlalomError: a name or a value that is not allowed.
        """
        names = [f.name for f in dataclasses.fields(self)]
        for name in values:
            if name not in names:
                raise SlalomError(f"{self.name}: {unknown('argument', name, names)}")
        new = self.rebuilt(**values, _given=self._given | values.keys())
        new.__post_init__()
        return new

    def text(self, full: bool = False) -> str:
        """The text that makes this value, for example `adam(lr=0.25)`.

        It shows the fields that were given and those that differ from their defaults.

        Args:
            full: show every hyperparameter.

        Raises:
            SlalomError: a field holds an array, which no text stands for.
        """
        return f"{self.name}({', '.join(self._arguments(full))})"

    def _arguments(self, full: bool) -> list[str]:
        shown = []
        for index, field in enumerate(own_fields(self)):
            value = getattr(self, field.name)
            is_asked = full and is_hyper(field) and value is not None
            if is_asked or field.name in self._given or not _is_default(field, value):
                label = "" if index < self.shown_bare and index == len(shown) else f"{field.name}="
                shown.append(label + written(value, field.name, full))
        return shown

    def _repr_html_(self) -> str:
        from .notebook import as_html

        return as_html(self)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        try:
            return self.text()
        except SlalomError:  # a representation must not raise: this one is for people only
            pairs = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self))
            return f"<{self.name} {', '.join(pairs)}>"


def _restored(cls: type[Value], name: str, values: dict[str, Any]) -> Value:
    """A value of a class of a user's file, which gets the name that it had in the text form."""
    cls.name = name
    return object.__new__(cls).rebuilt(**values)


def own_fields(value: Value | type[Value]) -> list[dataclasses.Field]:
    """The fields that text may set: all but a wrapper's inner rule."""
    return [f for f in dataclasses.fields(value) if f.metadata.get("kind") != "inner"]


def is_hyper(field: dataclasses.Field) -> bool:
    """Whether a field is a hyperparameter (a leaf) rather than a convention (static)."""
    if "kind" in field.metadata:
        return field.metadata["kind"] == "hyper"
    number_typed = field.type in (float, int, "float", "int")
    number_valued = isinstance(field.default, (int, float, tuple)) and not isinstance(
        field.default, bool
    )
    return number_typed or number_valued


def _is_default(field: dataclasses.Field, value: Any) -> bool:
    return type(value) is type(field.default) and bool(value == field.default)


def number(value: float) -> str:
    """A number as text, shortest form: `0.25`, `1e-6`, `inf`."""
    mantissa, e, exponent = repr(value).partition("e")
    return mantissa + (f"e{int(exponent)}" if e else "")


def written(value: Any, where: str, full: bool = False) -> str:
    """One field's value as text; `full` shows every hyperparameter of a schedule in it."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, str):
        return value
    if isinstance(value, Value):
        return value.text(full)
    if isinstance(value, tuple):
        items = ", ".join(written(v, where, full) for v in value)
        return f"({items}{',' if len(value) == 1 else ''})"
    raise SlalomError(f"{where} holds {type(value).__name__}, which has no text form")


def _plain(value: Any) -> Any:
    """`value` with NumPy scalars made Python numbers, since they would promote float32."""
    if isinstance(value, list):
        value = tuple(value)
    if isinstance(value, tuple):
        return tuple(_plain(v) for v in value)
    is_numpy_scalar = type(value).__module__ == "numpy" and not hasattr(value, "__setitem__")
    return value.item() if is_numpy_scalar and hasattr(value, "item") else value


def _check(owner: str, field: dataclasses.Field, value: Any) -> None:
    """Raise where a concrete value is of the wrong type or out of range.

    Arrays and tracers pass: a tree operation may rebuild a rule from anything.
    """
    if value is None and field.default is None:
        return
    where = f"{owner}: {field.name}"
    if is_hyper(field):
        within = field.metadata.get("within", Interval(-math.inf, math.inf, False, False))
        if isinstance(field.default, tuple) or str(field.type).startswith("tuple"):
            _check_tuple(where, within, value)
        else:
            _check_number(where, within, value)
    elif "choices" in field.metadata:
        choices = field.metadata["choices"]
        if isinstance(choices, range):
            if isinstance(value, bool) or not isinstance(value, int) or value not in choices:
                wanted = f"a whole number from {choices[0]} to {choices[-1]}"
                raise SlalomError(f"{where} must be {wanted}, got {shown(value)}")
        # `is`-like comparison: 1 == True, but 1 is not a name of a convention
        elif not any(value == c and type(value) is type(c) for c in choices):
            allowed = ", ".join(written(c, where) for c in choices)
            raise SlalomError(f"{where} must be one of {allowed}, got {clip(str(value))}")


def _check_tuple(where: str, within: Interval, value: Any) -> None:
    if not isinstance(value, tuple) and not getattr(value, "shape", ()):
        example = "as in (1, 2)"
        raise SlalomError(f"{where} must be numbers in {within}, {example}, got {shown(value)}")
    for v in value:
        _check_number(where, within, v)


def _check_number(where: str, within: Interval, value: Any) -> None:
    if hasattr(value, "dtype") or (isinstance(value, Value) and callable(value)):
        return  # an array, a tracer, a schedule
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        is_word = value is None or isinstance(value, bool)
        found = written(value, where) if is_word else shown(value)
        raise SlalomError(f"{where} must be a number in {within} or a schedule, got {found}")
    if value not in within:
        raise SlalomError(f"{where} must be in {within}, got {number(value)}")

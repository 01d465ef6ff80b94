"""Optax's optimizers by name: what the text form `optax:lion(0.01)` finds."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import optax
from optax import contrib

from ..errors import SlalomError, unknown
from ..rules import Schedule, convention, hyper
from ..rules.libraries import instead
from .library import UPDATES, OptaxRule

_OPTAX = """
    adabelief adadelta adafactor adagrad adam adamax adamaxw adamw adan amsgrad fromage lamb lars
    lbfgs lion nadam nadamw noisy_sgd novograd optimistic_adam_v2 optimistic_gradient_descent
    polyak_sgd radam rmsprop rprop sgd sign_sgd signum sm3 yogi
"""
_CONTRIB = """
    acprop ademamix adopt cocob dadapt_adamw dog dowg madgrad momo momo_adam muon prodigy
    schedule_free_adamw schedule_free_sgd simplified_ademamix
"""
_TAKES = {
    **dict.fromkeys(("polyak_sgd", "momo", "momo_adam"), frozenset({"loss"})),
    "lbfgs": frozenset({"loss", "value"}),
}
_WHOLE = {"warmup_steps"}  # a number of steps, though its default is None
_NO_NUMBERS = ("dtype", "mask", "numbers")  # how the names end of None that stands for none


def _noisy_sgd(
    learning_rate: float, eta: float = 0.01, gamma: float = 0.55, seed: int = 0
) -> optax.GradientTransformation:
    """`optax.noisy_sgd`, its key made of a seed."""
    return optax.noisy_sgd(learning_rate, eta, gamma, key=seed)


def _found() -> Iterator[tuple[str, Callable[..., optax.GradientTransformation]]]:
    """Those of the list that the installed Optax has."""
    for library, names in ((optax, _OPTAX), (contrib, _CONTRIB)):
        yield from ((n, getattr(library, n)) for n in names.split() if hasattr(library, n))
    yield "noisy_sgd", _noisy_sgd


FACTORIES = dict(_found())
"""Optax's optimizers that step by the gradient and the loss, by name."""


@dataclasses.dataclass(frozen=True)
class LibraryRule(OptaxRule, name="optax:"):
    """An optimizer of Optax by its name; its numbers are hyperparameters as any rule's."""

    shown_bare = 1
    factory: ClassVar[str] = ""

    def __post_init__(self):
        super().__post_init__()
        for field in dataclasses.fields(self):
            _check_plain(self.name, field, getattr(self, field.name))
        values = vars(self).values()
        if not any(isinstance(v, Schedule) or hasattr(v, "dtype") for v in values):
            self._checked()

    def _checked(self) -> None:
        try:
            self.built()
        except (TypeError, ValueError) as error:
            raise SlalomError(f"{self.name}: {' '.join(str(error).split())}") from error

    @property
    def formula(self):
        return UPDATES[_TAKES.get(self.factory, frozenset())]

    def built(self):
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return FACTORIES[self.factory](**values)

    def __reduce__(self):
        return _restored, (self.factory, vars(self))


def _restored(name: str, values: dict[str, Any]) -> LibraryRule:
    return object.__new__(maker(name)).rebuilt(**values)


@functools.cache
def maker(name: str) -> type[LibraryRule]:
    """The rule that an optimizer of Optax is, with its arguments for fields.

    Only numbers, booleans and None can be given, and schedules for numbers: neither masks nor
    dtypes nor functions.

    Raises:
        SlalomError: no optimizer of that name is in the list.
    """
    if name not in FACTORIES:
        raise SlalomError(
            f"{unknown('optimizer of optax', name, FACTORIES)}; "
            "any transformation is a rule by slalom.optax.rule(tx)"
        )
    fields = dict(_fields(name))
    content = {
        "__doc__": f"`{name}` of Optax as a rule, as its documentation describes it.",
        "__module__": __name__,
        "__annotations__": dict.fromkeys(fields, Any),
        "factory": name,
        "_instead": f"; {instead('optax', name)}",
        **fields,
    }
    title = name.title().replace("_", "")
    named = {"name": f"optax:{name}"}
    made = types.new_class(title, (LibraryRule,), named, lambda body: body.update(content))
    return dataclasses.dataclass(frozen=True)(made)


def _fields(name: str) -> Iterator[tuple[str, Any]]:
    """A field for every argument that can be given, by keyword only after one that cannot."""
    by_keyword = False
    for parameter in inspect.signature(FACTORIES[name]).parameters.values():
        field = _field(name, parameter)
        by_keyword |= field is None or parameter.kind is parameter.KEYWORD_ONLY
        if field is not None:
            field.kw_only = by_keyword
            yield parameter.name, field


def _field(name: str, parameter: inspect.Parameter) -> Any:
    """What an argument is as a field; None where it takes something else than numbers."""
    default, doc = parameter.default, f"{parameter.name} of optax's {name}"
    if parameter.name.endswith(_NO_NUMBERS) or parameter.name == "key":
        return None
    if default is parameter.empty:
        return hyper(dataclasses.MISSING, doc, "(-inf, inf)")
    if isinstance(default, bool):
        return convention(default, doc)
    if isinstance(default, int) or parameter.name in _WHOLE:
        metadata = {"kind": "convention", "doc": doc, "whole": True}
        return dataclasses.field(default=default, metadata=metadata)
    values = default if isinstance(default, tuple) else (default,)
    if all(isinstance(v, float) or v is None for v in values):
        return hyper(default, doc, "[-inf, inf]")
    return None


def _check_plain(owner: str, field: dataclasses.Field, value: Any) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if field.metadata.get("whole") and not whole and value != field.default:
        raise SlalomError(f"{owner}: {field.name} must be a whole number, got {value}")

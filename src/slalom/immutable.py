"""Which values can never change what they compute, so that compiled code may be found by them.

All that Slalom itself defines is such a value: numbers, and functions of their arguments alone.
What a user wrote is not: a function may read a global, an attribute or a captured array, and
each of them may change while the function stays the same object.
"""

from __future__ import annotations

import dataclasses
import functools
import weakref
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

_FUNCTIONS: weakref.WeakSet[Callable[..., Any]] = weakref.WeakSet()
# not an attribute of the function, which `functools.wraps` would copy to another one


def immutable(*functions: Callable[..., Any] | None) -> None:
    """Say that functions depend on nothing but their arguments."""
    _FUNCTIONS.update(function for function in functions if function is not None)


def is_immutable(value: Any) -> bool:
    """Whether a value, and every function in it, always computes the same."""
    if isinstance(value, (int, float, str)) or value is None or hasattr(value, "dtype"):
        return True  # arrays are arguments of what is compiled
    if isinstance(value, (tuple, list, frozenset)):
        return all(map(is_immutable, value))
    if isinstance(value, dict):
        return all(map(is_immutable, value.values()))
    if isinstance(value, functools.partial):
        return is_immutable((value.func, value.args, value.keywords))
    if isinstance(value, FunctionType):
        return value in _FUNCTIONS or _is_plain(value)
    names = _functions_in(type(value))
    return names is not None and all(is_immutable(getattr(value, name)) for name in names)


def remembered(function: Callable[..., Any]) -> Any:
    """A function that is not called again for equal arguments, where they are immutable.

    It is a decorator; `cache_clear` forgets all, as that of `functools.lru_cache`.
    """
    kept = functools.lru_cache(maxsize=512)(function)

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return (kept if is_immutable(args) else function)(*args)

    call.cache_clear = kept.cache_clear  # pyright: ignore[reportAttributeAccessIssue]
    return call


def _is_plain(function: FunctionType) -> bool:
    """Whether a function is one of Slalom's own, made of its lines alone."""
    is_alone = function.__closure__ is None and is_immutable(function.__defaults__)
    return is_alone and _is_own(function)


@functools.lru_cache(maxsize=512)
def _functions_in(cls: type) -> Sequence[str] | None:
    """The attributes of a value of this class that may hold functions; None if it is a user's."""
    if not _is_own(cls):
        return None
    if hasattr(cls, "FUNCTIONS"):
        return cls.FUNCTIONS
    return [f.name for f in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else None


def _is_own(defined: Any) -> bool:
    """Whether a function or a class is defined in Slalom."""
    return (defined.__module__ or "").startswith("slalom.")

"""How landscapes are pickled: as the text that finds them, so that they come back as themselves."""

from __future__ import annotations

import copyreg
import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from ..errors import SlalomError
from .catalogue import find
from .landscape import Domain, Landscape, Spread

FIELDS = tuple(field.name for field in dataclasses.fields(Landscape))


def _reduced(landscape: Landscape) -> tuple[Callable[..., Landscape], tuple[Any, ...]]:
    """What makes a landscape again, and from what."""
    name = landscape.name
    for domain in (None, landscape.domain):
        found = _found(name, domain)
        if found is landscape:
            return find, (name, domain)
    if found is not None and _same(found.function, landscape.function):
        changed = {n: getattr(landscape, n) for n in FIELDS if _differs(n, landscape, found)}
        return _changed, (name, landscape.domain, changed)
    own: Any = getattr(landscape.function, "function", None)
    if isinstance(landscape.function, Spread) and _global(own) is landscape:
        return _member, (own.__module__, own.__qualname__)  # of the decorator `landscape`
    return _of_fields, ({name: getattr(landscape, name) for name in FIELDS},)


def _found(name: str, domain: Domain | None) -> Landscape | None:
    try:
        return find(name, domain)
    except SlalomError:  # a landscape of the user's own, which no text finds
        return None


def _same(a: Any, b: Any) -> bool:
    """Whether two functions are one, or made of one in the same way."""
    if isinstance(a, partial) and isinstance(b, partial):
        return (a.func, a.args, a.keywords) == (b.func, b.args, b.keywords)
    return a == b


def _differs(name: str, landscape: Landscape, found: Landscape) -> bool:
    return not _same(getattr(landscape, name), getattr(found, name))


def _global(function: Any) -> Any:
    """What a module calls by the name of a function."""
    module = sys.modules.get(getattr(function, "__module__", ""))
    return getattr(module, getattr(function, "__qualname__", ""), None)


def _changed(name: str, domain: Domain, changed: dict[str, Any]) -> Landscape:
    return dataclasses.replace(find(name, domain), **changed)


def _member(module: str, name: str) -> Landscape:
    return getattr(import_module(module), name)


def _of_fields(fields: dict[str, Any]) -> Landscape:
    return Landscape(**fields)


copyreg.pickle(Landscape, _reduced)

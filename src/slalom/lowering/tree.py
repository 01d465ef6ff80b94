"""A rule's state as a flat list, without any framework."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from ..rules.state import Around

Structure = Hashable
"""Of a tree without its leaves: two trees of one structure have equal ones."""


def flat(tree: Any) -> list[tuple[str, Any]]:
    """The leaves of a tree and where they are, such as `rule.m` or `[0]`.

    Tuples, lists and dicts are trees, `None` is one without leaves; all else is a leaf. What a
    wrapper remembers itself is called as if there were no rule inside.
    """
    return [(path.lstrip("."), leaf) for path, leaf in _flat(tree, "")]


def leaves(tree: Any) -> list[Any]:
    """The leaves of a tree."""
    return [leaf for _, leaf in flat(tree)]


def structure(tree: Any) -> Structure:
    """What kind of tree it is."""
    parts = _parts(tree)
    if parts is None:
        return "leaf"
    return type(tree), tuple((key, structure(part)) for key, part in parts)


def _flat(tree: Any, path: str) -> list[tuple[str, Any]]:
    parts = _parts(tree)
    if parts is None:
        return [(path, tree)]
    return [leaf for key, part in parts for leaf in _flat(part, path + key)]


def _parts(tree: Any) -> list[tuple[str, Any]] | None:
    """What a tree consists of, by where it is; None where it is a leaf."""
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [(f"[{key!r}]", tree[key]) for key in sorted(tree)]
    if not isinstance(tree, (tuple, list)):
        return None
    if isinstance(tree, Around):
        return [("", tree.own), (".rule", tree.rule)]
    fields = getattr(tree, "_fields", None)
    keys = [f"[{i}]" for i in range(len(tree))] if fields is None else [f".{f}" for f in fields]
    return list(zip(keys, tree, strict=True))


def filled(tree: Any, found: Iterable[Any]) -> Any:
    """The tree with other leaves, in order."""
    rest = iter(found)
    return mapped(lambda _: next(rest), tree)


def mapped(change: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with `change(leaf)` in place of each leaf."""
    parts = _parts(tree)
    if parts is None:
        return change(tree)
    made = [mapped(change, part) for _, part in parts]
    if tree is None:
        return None
    if isinstance(tree, dict):
        return type(tree)(zip(sorted(tree), made, strict=True))
    return type(tree)(*made) if hasattr(tree, "_fields") else type(tree)(made)

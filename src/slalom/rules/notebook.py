"""How a rule shows itself in a notebook: its text, its equations, its numbers."""

from __future__ import annotations

import inspect
import itertools
from html import escape
from typing import Any

from ..errors import SlalomError
from .value import Value, own_fields, written


def as_html(value: Value) -> str:
    """One part for the value itself, and one for each rule inside it."""
    parts = [f"<p><code>{escape(repr(value))}</code></p>"]
    part: Any = value
    while part is not None:
        parts.append(_equations(type(part)) + _table(part))
        part = getattr(part, "rule", None)  # of a wrapper
    return "".join(parts)


def _equations(cls: type) -> str:
    """The first indented block of the docstring."""
    lines = (inspect.getdoc(cls) or "").splitlines()
    block = itertools.takewhile(
        lambda line: line.startswith("    "),
        itertools.dropwhile(lambda line: not line.startswith("    "), lines),
    )
    text = inspect.cleandoc("\n".join(("", *block)))
    return f"<pre>{escape(text)}</pre>" if text else ""


def _table(value: Value) -> str:
    rows = [
        f"<tr><td><code>{field.name}</code></td><td>{escape(_shown(value, field.name))}</td>"
        f"<td>{escape(field.metadata.get('doc', ''))}</td></tr>"
        for field in own_fields(value)
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _shown(value: Value, name: str) -> str:
    content = getattr(value, name)
    try:
        return written(content, name)
    except SlalomError:  # an array
        return repr(content)

"""Summaries as tables for people: numbers to five digits, long lists in a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 40  # rows
FEW = 4  # numbers that are written out
LOW, HIGH = "_low", "_high"


@dataclass(frozen=True)
class Table:
    """A table: its heading, its columns, if they have names, and its cells."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0


def tables(summary: Mapping[str, Any], caption: str = "") -> list[Table]:
    """A summary as tables: one of its facts, one of each list of records in it."""
    facts, others = [], []
    for key, value in summary.items():
        if _records(value):
            others += _table_of(named(key), value)
        elif isinstance(value, Mapping):
            others += tables(value, named(key))
        else:
            facts.append((named(key), shown(value)))
    return ([Table(caption, (), tuple(facts))] if facts else []) + others


def figures(values: Mapping[str, Any]) -> Table:
    """The figures of a claim, each with its interval where it has one."""
    rows = []
    for name, value in values.items():
        if name.endswith((LOW, HIGH)) and name.removesuffix(LOW).removesuffix(HIGH) in values:
            continue
        rows.append((name, shown(value), _interval(values, name)))
    width = 3 if any(row[2] for row in rows) else 2
    head = ("figure", "value", "interval")
    return Table("", head[:width], tuple(row[:width] for row in rows))


def _interval(values: Mapping[str, Any], name: str) -> str:
    """The interval of a figure, which may have one end alone, or none."""
    low, high = (shown(values[name + end]) if name + end in values else "" for end in (LOW, HIGH))
    if low and high:
        return f"{low} to {high}"
    return f"from {low}" if low else f"up to {high}" if high else ""


def _table_of(name: str, records: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    columns = [key for key, value in records[0].items() if not _nested(value)]
    rows = tuple(tuple(shown(record.get(key)) for key in columns) for record in records)
    yield Table(name, tuple(map(named, columns)), rows[:MOST], max(0, len(rows) - MOST))
    for record in records:
        inside = {key: value for key, value in record.items() if _nested(value)}
        for table in tables(inside):
            of = f"{table.caption}, {shown(record[columns[0]])}" if columns else table.caption
            yield Table(of, table.columns, table.rows, table.left_out)


def _records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _nested(value: Any) -> bool:
    return _records(value) or isinstance(value, Mapping)


def named(key: str) -> str:
    """A key of a summary as words."""
    return key.replace("_", " ")


def shown(value: Any) -> str:
    """A plain value as a cell."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value + 0:.5g}"  # + 0, or there would be a -0
    if not isinstance(value, list):
        return str(value)
    numbers = [v for v in value if isinstance(v, (int, float))]
    if len(value) <= FEW:
        return f"({', '.join(map(shown, value))})"
    if not numbers:
        return f"{len(value)} values"
    return f"{len(value)} values, {shown(min(numbers))} to {shown(max(numbers))}"

"""What every parameter of an optimizer has got, as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from ..rules import chain, settings
from .recipes import pairs_of
from .roles import leaf_of

WIDTH = 100
"""Of the text, in columns."""


@dataclass(frozen=True)
class Row:
    """One parameter."""

    name: str
    """its first name; where it has none, the numbers of its group and of it there"""
    role: str
    """matrix, embedding, head or vector"""
    kind: str
    """of a vector: `bias`, `norm` of a normalization, `head` of an output layer, or several"""
    rule: str
    """the name of its rule; `frozen` where it has none, or no gradient"""
    lr: float | None
    """None where the rule has none, or nothing is stepped"""
    weight_decay: float | None
    shape: tuple[int, ...]
    matrices: int
    """how many matrices it is: of experts, or in blocks; 1 where it is no matrix"""
    count: int
    """of its numbers"""
    group: int | None
    """the number of its group in `param_groups`; None where it is in none"""
    tied: tuple[str, ...]
    """its other names"""


@dataclass(frozen=True)
class Table:
    """One row for every parameter, in the order of the groups; its text has at most 100 columns.

    Attributes:
        rows: of each parameter.
    """

    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Row:
        """The row of a parameter, by any of its names."""
        found = [row for row in self.rows if name == row.name or name in row.tied]
        if not found:
            raise KeyError(name)
        return found[0]

    def as_dicts(self) -> list[dict[str, Any]]:
        """The rows as dicts, of which a data frame can be made."""
        return [asdict(row) for row in self.rows]

    def __str__(self) -> str:
        head = ("parameter", "role", "rule", "lr", "decay", "shape", "count")
        cells = [_cells(row) for row in self.rows]
        widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
        room = WIDTH - sum(widths[1:]) - 2 * (len(head) - 1)
        widths[0] = min(widths[0], max(room, len(head[0])))
        lines = [_line(one, widths) for one in (head, *cells)]
        trained = [row for row in self.rows if row.rule != "frozen"]
        total = sum(row.count for row in trained)
        left = sum(row.count for row in self.rows) - total
        frozen = f", {len(self) - len(trained)} frozen of {left:,}" if left else ""
        end = f"{len(trained)} parameters of {total:,} numbers{frozen}"
        return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], end])

    def __repr__(self) -> str:
        return str(self)


def table_of(optimizer: Any) -> Table:
    """The table of an optimizer, with the numbers that its groups have now."""
    rows = []
    for index, group in enumerate(optimizer.param_groups):
        rule = optimizer.rule_of(group)
        known = settings(rule)
        lr, decay = (_float(group[n] if n in known else None) for n in ("lr", "weight_decay"))
        for place, (name, p) in enumerate(pairs_of(group)):
            label = name or f"{index}.{place}"
            told = (chain(rule)[-1].name, lr, decay) if p.requires_grad else FROZEN
            rows.append(_row(optimizer, label, name, p, told, index))
    rows += [_row(optimizer, name or "?", name, p, FROZEN, None) for name, p in optimizer.frozen]
    return Table(tuple(rows))


Told = tuple[str, float | None, float | None]
FROZEN: Told = ("frozen", None, None)
"""In the place of rule, rate and decay where there is no step."""


def _row(
    optimizer: Any,
    label: str,
    name: str,
    p: torch.Tensor,
    told: Told,
    group: int | None,
) -> Row:
    leaf = leaf_of(name, p, optimizer.roles, optimizer.facts.get(name))
    kind = " ".join(sorted(leaf.words - {leaf.role})) if name else ""
    many = math.prod(leaf.shape[: leaf.batch]) * leaf.blocks if leaf.role == "matrix" else 1
    shape = tuple(p.shape)
    return Row(label, leaf.role, kind, *told, shape, many, p.numel(), group, leaf.tied)


def _float(number: Any) -> float | None:
    return None if number is None else float(number)


def _cells(row: Row) -> tuple[str, ...]:
    name = " = ".join((row.name, *row.tied))
    numbers = ("" if number is None else f"{number:.6g}" for number in (row.lr, row.weight_decay))
    shape = " x ".join(map(str, row.shape)) or "1"
    shape = f"{shape} in {row.matrices}" if row.matrices > 1 else shape
    return name, f"{row.role} {row.kind}".strip(), row.rule, *numbers, shape, f"{row.count:,}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One line: texts to the left, numbers to the right; of a long name the ends."""
    name, *rest = cells
    if len(name) > widths[0]:
        half = (widths[0] - 1) // 2
        name = f"{name[: widths[0] - 1 - half]}…{name[len(name) - half :]}"
    shown = [name.ljust(widths[0])]
    shown += [one.ljust(width) for one, width in zip(rest[:2], widths[1:3], strict=True)]
    shown += [one.rjust(width) for one, width in zip(rest[2:], widths[3:], strict=True)]
    return "  ".join(shown)

"""The report of mutants, a row for each module: written as Markdown, and read again.

A row names the module's source by a digest, so that it counts for as long as the module stays as
it is; what tests there were is not noted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[1] / "src" / "slalom"
_ROW = re.compile(r"^\| ([\w.]+) \| (\w+) \| (\d+) \| (\d+) \|")
_LINE = re.compile(r"^- `(slalom\.([\w.]+)\.[^`]*)`: ([\w ]+); (.*)$")
EQUIVALENT = "equivalent"


class Left(NamedTuple):
    """A mutant that was not killed."""

    fate: str
    change: str
    """the broken line beside the whole one"""


@dataclass(frozen=True)
class Row:
    """What became of the mutants of one module."""

    source: str
    """a digest of the module's text"""
    mutants: int
    left: dict[str, Left]
    """by name, those that were not killed"""

    def count(self, *fates: str) -> int:
        """How many that were not killed ended so."""
        return sum(one.fate in fates for one in self.left.values())

    @property
    def killed(self) -> int:
        """How many were killed."""
        return self.mutants - len(self.left)

    def excused(self, reasons: Container[str]) -> Row:
        """The row with the mutants told apart that change nothing: those that have a reason."""
        left = {n: Left(EQUIVALENT, x.change) if n in reasons else x for n, x in self.left.items()}
        return Row(self.source, self.mutants, left)


def source(module: str) -> str:
    """A digest of a module's text; empty where there is no such module."""
    path = PACKAGE.joinpath(*module.split(".")).with_suffix(".py")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else ""


def share(rows: Iterable[Row], reasons: Container[str]) -> float:
    """The share that was killed of the mutants that change something."""
    rows = [row.excused(reasons) for row in rows]
    return sum(r.killed for r in rows) / max(sum(r.mutants - r.count(EQUIVALENT) for r in rows), 1)


def report(
    rows: Mapping[str, Row],
    reasons: Mapping[str, str],
    missing: Mapping[str, int],
    wanted: float,
) -> str:
    """The report as Markdown.

    Args:
        rows: by the names of the modules.
        reasons: why some mutants change nothing, by their names.
        missing: how many mutants each other module has, which was not run as it is.
        wanted: the share to kill.
    """
    rows = {module: r.excused(reasons) for module, r in sorted(rows.items())}
    killed, same = sum(r.killed for r in rows.values()), sum(_same(r) for r in rows.values())
    live = sum(r.mutants for r in rows.values()) - same
    percent = f"{share(rows.values(), reasons):.1%}"
    without = ", ".join(f"{module} ({n})" for module, n in sorted(missing.items())) or "none"
    lines = [
        "# Mutants",
        "",
        "`make mutants` breaks rules, lowering and kernels in small ways, one by one, and runs on",
        "each the tests that reach it. Time-outs, crashes and mutants that no test runs are no",
        "kills. A module's numbers are those of its source as it is now.",
        "",
        f"{killed} of {live} killed: **{percent}** (wanted: {wanted:.1%});",
        f"{same} more change nothing. Not run since they changed: {without}.",
        "",
        "| module | source | mutants | killed | survived | other | equivalent |",
        "|---|---|---|---|---|---|---|",
        *(_shown(module, r) for module, r in rows.items()),
        "",
        "## Not killed",
        "",
        *(line for r in rows.values() for line in _told(r, reasons)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _same(r: Row) -> int:
    return r.count(EQUIVALENT)


def _shown(module: str, r: Row) -> str:
    survived, same = r.count("survived"), _same(r)
    counts = (r.mutants, r.killed, survived, len(r.left) - survived - same, same)
    return f"| {module} | {r.source} | {' | '.join(map(str, counts))} |"


def _told(r: Row, reasons: Mapping[str, str]) -> Iterator[str]:
    for name, one in r.left.items():
        why = f" ({reasons[name]})" if name in reasons else ""
        yield f"- `{name}`: {one.fate}; {one.change}{why}"


def read(text: str) -> dict[str, Row]:
    """The rows of a report, by the names of the modules."""
    lines = text.split("\n")
    left: dict[str, dict[str, Left]] = {}
    for told in filter(None, map(_LINE.match, lines)):
        left.setdefault(told[2], {})[told[1]] = Left(told[3], told[4])
    return {
        found[1]: Row(found[2], int(found[3]), left.get(found[1], {}))
        for found in filter(None, map(_ROW.match, lines))
    }

"""`slalom rules`: what there is, and each of them explained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from rich.console import RenderableType
from rich.padding import Padding
from typer import Argument

from . import complete, options, terminal

if TYPE_CHECKING:
    from .counterparts import Elsewhere
    from .explained import Comparison, Explanation, Parameter


def rules(
    name: Annotated[
        str | None,
        Argument(
            metavar="[NAME]",
            help="A rule, wrapper or schedule, adam@torch, FILE.py:Name, or optax:NAME.",
            autocompletion=complete.explained,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List the update rules, or explain one: formula, conventions, presets, counterparts.

    slalom rules
    slalom rules adam
    slalom rules mine.py:MyRule
    """
    from . import explained

    if name is not None:
        told = explained.explain(name)
        terminal.answer(told.plain(), as_json, lambda: terminal.show(*_page(told)))
        return
    groups = explained.summaries()
    listed = {
        group: [{"name": each, "summary": text} for each, text in texts.items()]
        for group, texts in groups.items()
    }
    rows = [
        row
        for group, texts in groups.items()
        for row in (("", ""), (terminal.heading(group), ""), *texts.items())
    ]
    terminal.answer(listed, as_json, lambda: terminal.show(terminal.table(None, rows[1:])))


def _page(told: Explanation) -> Iterator[RenderableType]:
    yield terminal.heading(told.name)
    if told.summary:
        yield told.summary
    for block in told.body:
        yield ""
        yield block if block.startswith("    ") else " ".join(block.split())
    yield from _fields("Hyperparameters", told.hyperparameters)
    yield from _fields("Conventions", told.conventions)
    for comparison in told.presets:
        yield from _presets(told.name, comparison)
    yield from _counterparts(told.counterparts)
    for heading, text in (("Stands for", told.stands_for), ("Source", told.source)):
        if text:
            yield ""
            yield terminal.heading(heading)
            yield Padding(text, (0, 0, 0, 2), expand=False)


def _presets(name: str, comparison: Comparison) -> Iterator[RenderableType]:
    heading = f"Presets {name}@" + (f" with {comparison.given}" if comparison.given else "")
    libraries = list(next(iter(comparison.settings.values())))
    rows = [
        (f"  {field}", *(value or "—" for value in values.values()))
        for field, values in comparison.settings.items()
    ]
    yield ""
    yield terminal.table([heading, *libraries], rows)
    if any("(" in cell for row in rows for cell in row):
        yield Padding("(in brackets: no default there, Slalom's own)", (0, 0, 0, 2), expand=False)


def _counterparts(counterparts: Sequence[Elsewhere]) -> Iterator[RenderableType]:
    if not counterparts:
        return
    rows = [
        ("" if index else f"  {one.library}", what, text)
        for one in counterparts
        for index, (what, text) in enumerate(one.lines())
    ]
    yield ""
    yield terminal.table(["Counterparts", "", ""], rows)


def _fields(heading: str, fields: Sequence[Parameter]) -> Iterator[RenderableType]:
    if not fields:
        return
    rows = [(f"  {f.name}", f.default or "required", f.allowed, f.meaning) for f in fields]
    used = [column for column, cells in enumerate(zip(*rows, strict=True)) if any(cells)]
    names = (heading, "default", "allowed", "meaning")
    yield ""
    yield terminal.table([names[c] for c in used], [[row[c] for c in used] for row in rows])

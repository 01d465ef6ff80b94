"""`slalom claims`: what the articles say, put to the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text
from typer import Argument, Option

from ..atomic import check_writable, replacing
from ..errors import SlalomError
from . import options, terminal
from .entry import FAILED
from .gallery import Workers
from .terminal import Messages

COLOURS = {"holds": "green", "holds in part": "yellow", "does not hold": "red"}
SHOWN = 3  # figures of each claim on the screen


@dataclass(frozen=True)
class Places:
    """Where the results go: files for the summary, folders for the pictures."""

    files: tuple[Path, ...]
    folders: tuple[Path, ...]


def claims(
    name: Annotated[
        list[str] | None,
        Argument(metavar="[NAME]...", help="Claims, such as C18. Default: all."),
    ] = None,
    out: Annotated[
        list[str],
        Option(
            "--out", metavar="FILE|DIR",
            help="Write the summary (.json), or a picture of each claim into a folder. "
            "May be repeated.",
        ),
    ] = [],  # noqa: B006 (read by Typer)
    workers: Workers = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Put claims of the articles to the test, and print the verdict of each with its figures.

    slalom claims C18 C35
    slalom claims --json
    slalom claims --out claims.json --out pictures/
    """  # fmt: skip
    places = _places(out)
    from ..gallery.judging import Question, ask
    from ..gallery.workers import Crew, Failure
    from ..studies.claims import catalogue

    chosen = [catalogue.find(each).id for each in name] if name else list(catalogue.CLAIMS)
    chosen = list(dict.fromkeys(chosen))
    messages, found = Messages(quiet), dict[str, Any]()
    for folder in places.folders:
        folder.mkdir(parents=True, exist_ok=True)
    questions = [Question(each, places.folders) for each in chosen]
    with messages.progress("testing") as moved, Crew(workers) as crew:
        for count, (question, result) in enumerate(crew.each(ask, questions), 1):
            found[question.claim] = result
            moved(count, len(questions))
    failed = {each: r.reason for each in chosen if isinstance(r := found[each], Failure)}
    judged = [found[each] for each in chosen if each not in failed]
    terminal.answer({"claims": judged}, as_json, lambda: _show(judged))
    for each, reason in failed.items():
        terminal.complain(f"{each}: {reason}")
    _write(judged, places, messages)
    if failed:
        raise typer.Exit(FAILED)

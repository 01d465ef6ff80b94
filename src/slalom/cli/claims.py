"""`slalom claims`: what the articles say, put to the test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text
from typer import Argument, Option

from .. import atomic
from ..errors import SlalomError
from ..files import expanded
from . import options, terminal
from .status import FAILED, complain
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
            "--out",
            metavar="FILE|DIR",
            help="Write the summary (.json), or a picture of each claim into a folder. "
            "May be repeated.",
        ),
    ] = [],  # noqa: B006 (read by Typer)
    workers: options.Workers = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Put claims of the articles to the test, and print the verdict of each with its figures.

    slalom claims C18 C35
    slalom claims --json
    slalom claims --out claims.json --out pictures/
    """  # fmt: skip
    places = _places(out)
    from ..articles.claims import catalogue
    from ..workers import Failure, Pool
    from .judging import Question, ask

    chosen = [catalogue.find(each).id for each in name] if name else list(catalogue.CLAIMS)
    chosen = list(dict.fromkeys(chosen))
    messages, found = Messages(quiet), dict[str, Any]()
    for folder in places.folders:
        with atomic.writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
    questions = [Question(each, places.folders) for each in chosen]
    with messages.progress("testing") as moved, Pool(workers) as pool:
        for count, (question, result) in enumerate(pool.each(ask, questions), 1):
            found[question.claim] = result
            moved(count, len(questions))
    failed = {each: r.reason for each in chosen if isinstance(r := found[each], Failure)}
    judged = [found[each] for each in chosen if each not in failed]
    terminal.answer({"claims": judged}, as_json, lambda: _show(judged))
    for each, reason in failed.items():
        complain(f"{each}: {reason}")
    _write(judged, places, messages)
    if failed:
        raise typer.Exit(FAILED)


def _places(out: Sequence[str]) -> Places:
    """Files and folders to write, checked before the work begins.

    Raises:
        SlalomError: an ending that is not .json, or a place that cannot be written to.
    """
    files, folders = [], []
    for text in dict.fromkeys(out):
        path = expanded(text)
        if path.suffix == ".json" and not path.is_dir():
            atomic.check_writable(path)
            files.append(path)
        elif (path.exists() and not path.is_dir()) or (path.suffix and not path.is_dir()):
            raise SlalomError(f"--out {text}: a file ending in .json is needed, or a folder")
        else:
            atomic.check_writable(path / "picture" if path.is_dir() else path)
            folders.append(path)
    return Places(tuple(files), tuple(folders))


def _show(judged: Sequence[Mapping[str, Any]]) -> None:
    if not judged:
        return
    rows = [
        (
            facts["id"],
            Text(facts["verdict"], style=COLOURS[facts["verdict"]]),
            facts["claim"],
            _in_short(facts["figures"]) + _held(facts["digits"]),
        )
        for facts in judged
    ]
    terminal.show(terminal.table(("", "verdict", "claim", "figures"), rows))


def _in_short(figures: Mapping[str, float | None]) -> str:
    """The first figures; the ends of intervals are left to `--json`."""
    names = [n for n in figures if not n.endswith(("_low", "_high"))]
    parts = [f"{n} {_number(figures[n])}" for n in names[:SHOWN]]
    return ", ".join([*parts, "…"] if len(names) > SHOWN else parts)


def _held(digits: Mapping[str, float] | None) -> str:
    """How many digits of the ends hold on which figures rest."""
    return f"; {min(digits.values()):.1f} digits of the ends hold, or more" if digits else ""


def _number(value: float | None) -> str:
    return "—" if value is None else terminal.number(value)


def _write(judged: Sequence[Mapping[str, Any]], places: Places, messages: Messages) -> None:
    """Write the summary to each file, and say what was written."""
    for path in places.files:
        atomic.write(path, json.dumps({"claims": judged}, allow_nan=False) + "\n")
        messages.say(f"wrote {path}")
    for folder in places.folders:
        messages.say(f"wrote {len(judged)} pictures into {folder}")

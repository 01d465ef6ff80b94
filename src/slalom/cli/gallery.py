"""`slalom gallery`: all studies, maps and claims as a static site."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from typer import Argument, Option

from ..shutdown import Saying
from . import options, terminal
from .status import FAILED, Stopped, complain

INTERRUPTED = "interrupted; the same command continues where it stopped"


def gallery(
    out: Annotated[str, Option("--out", metavar="DIR", help="The site's folder, its own.")],
    only: Annotated[
        list[str],
        Option(
            metavar="NAME…",
            help="Of studies, maps and claims these alone, such as S3 basins C18.",
        ),
    ] = [],  # noqa: B006 (read by Typer)
    more: Annotated[list[str] | None, Argument(hidden=True)] = None,
    size: Annotated[
        Literal["full", "small"],
        Option(help="Small: smaller pictures, and films of a second."),
    ] = "full",
    workers: options.Workers = None,
    quiet: options.Quiet = False,
) -> None:
    """Build a static site of all studies, maps and claims, which opens from disk.

    What is up to date is not made again, and a build that was interrupted continues.

    slalom gallery --out site
    slalom gallery --out site --only S3 basins C18
    """
    from ..gallery import build

    messages = terminal.Messages(quiet)
    try:
        with Saying(INTERRUPTED), messages.progress("building") as moved:
            built = build(out, [*only, *(more or ())], size=size, workers=workers, progress=moved)
    except KeyboardInterrupt:
        raise Stopped(INTERRUPTED) from None
    for name, reason in built.failed.items():
        complain(f"{name}: {reason}")
    messages.say(f"made {len(built.made)}, up to date {built.kept}: {built.index}")
    if built.failed:
        raise typer.Exit(FAILED)

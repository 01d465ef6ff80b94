"""The commands, put together."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.main import get_command

from ..extras import DISTRIBUTION
from .claims import claims
from .diff import diff
from .doctor import doctor
from .gallery import gallery
from .landscapes import landscapes
from .map import app as maps
from .parsing import Command
from .race import race
from .respond import respond
from .rules import rules
from .signals import signals

app = typer.Typer(
    name="slalom",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
for _with_arguments in (race, respond, diff, gallery):
    app.command(cls=Command, no_args_is_help=True)(_with_arguments)
for _without in (rules, landscapes, signals, claims, doctor):
    app.command(cls=Command)(_without)
app.add_typer(maps)


def _version(asked: bool) -> None:
    if asked:
        from importlib import metadata

        typer.echo(f"slalom {metadata.version(DISTRIBUTION)}")
        raise typer.Exit


@app.callback()
def slalom(
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """An optimizer laboratory: see, trust, choose and use update rules.

    slalom race hills_and_canyon --out race.png
    slalom race rosenbrock --rule 'adam(lr=[0.01, 0.1])'
    slalom respond spikes --rule 'clip_norm(0.5) | momentum(lr=0.25)'
    slalom rules adam

    Quote what holds brackets, | or *: the shell has its own use for them.
    """


def command() -> Any:
    """All of it as one command."""
    return get_command(app)

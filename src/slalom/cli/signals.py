"""`slalom signals`: sequences of gradients that rules can be made to respond to."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from . import complete, options, terminal


def signals(
    name: Annotated[
        str | None,
        Argument(metavar="[NAME]", help="One of them.", autocompletion=complete.signals),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List the signals that `slalom respond` feeds to rules, or tell about one.

    slalom signals
    slalom signals spikes
    """
    from ..signals import LENGTH, SIGNALS, find

    found = list(SIGNALS.values()) if name is None else [find(name)]
    plain = [
        {"name": s.name, "formula": s.formula, "length": LENGTH, "source": s.source} for s in found
    ]
    headings = ("signal", "formula of g(k)", "length", "source")
    rows = [tuple(facts.values()) for facts in plain]
    terminal.answer(
        plain if name is None else plain[0],
        as_json,
        lambda: terminal.show(terminal.table(headings, rows)),
    )

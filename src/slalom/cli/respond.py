"""`slalom respond`: what rules make of a signal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from . import complete, options, terminal
from .outputs import outputs, write

if TYPE_CHECKING:
    from ..studies import Response

KINDS = ("summary", "data", "picture")


def respond(
    signal: Annotated[
        str,
        Argument(
            metavar="SIGNAL",
            help="A name of `slalom signals`.",
            autocompletion=complete.signals,
        ),
    ],
    rule: options.Rules = [],  # noqa: B006 (read by Typer)
    length: Annotated[
        int | None,
        Option(
            metavar="N",
            help="How many gradients, at least 1. Default: 300.",
            parser=options.whole,
        ),
    ] = None,
    seed: options.Seed = 0,
    dtype: options.Precision = "float64",
    out: Annotated[
        list[str],
        options.out(
            "Write a picture (.png .svg .pdf), the data (.nc .zarr) or the summary (.json). "
            "May be repeated."
        ),
    ] = [],  # noqa: B006
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Feed a signal, a sequence of gradients, to rules, and print what they answer.

    The answer at step k is what the rule subtracts from the parameter.

    slalom respond spikes --rule 'momentum(momentum=[0.25, 0.9, 0.975])'
    slalom respond noisy_sine --rule 'adam(lr=0.25)' --out answer.png

    Quote what holds brackets, | or *: the shell has its own use for them.
    """
    wanted = outputs(out, KINDS)
    messages = terminal.Messages(quiet)
    with messages.busy("feeding the signal"):
        from .. import signals, studies

        count = signals.LENGTH if length is None else length
        found = studies.respond(rule, signal, length=count, seed=seed, dtype=dtype)
    terminal.answer(found.summary(), as_json, lambda: _show(found))
    write(found, wanted, messages)


def _show(response: Response) -> None:
    data = response.data
    peaks = data.answer.isel(step=abs(data.answer).fillna(-1).argmax("step"))
    columns = (data.rule.values, peaks.values, data.answer.values[:, -1], response.outcomes)
    rows = [
        (rule, terminal.number(peak), terminal.number(last), str(outcome))
        for rule, peak, last, outcome in zip(*columns, strict=True)
    ]
    terminal.show(
        terminal.heading(f"{data.attrs['signal']}, {data.sizes['step']} steps"),
        terminal.table(
            ("rule", "peak answer", "final answer", "outcome"), rows, spare=("peak answer",)
        ),
    )

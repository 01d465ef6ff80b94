"""`slalom diff`: two rules, or a rule and a library's own optimizer, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from . import complete, options, terminal
from .outputs import outputs, write

if TYPE_CHECKING:
    from ..studies import Diff
    from ..studies.diff import Parting, Setting

KINDS = ("summary", "data", "picture")


def diff(
    a: Annotated[
        str,
        Argument(
            metavar="A",
            help="A rule such as 'adam(lr=0.1)', a preset such as 'adam@keras', or an optimizer "
            "of a library: 'torch:Adam(lr=0.1)', 'optax:adam(0.1)', 'keras:Adam(0.1)'.",
            autocompletion=complete.rules,
        ),
    ],
    b: Annotated[str, Argument(metavar="B", help="Likewise.", autocompletion=complete.rules)],
    landscape: Annotated[
        str,
        Option(
            metavar="NAME",
            help="A landscape, as `slalom race` takes it.",
            autocompletion=complete.landscapes,
        ),
    ] = "hills_and_canyon",
    signal: Annotated[
        str,
        Option(metavar="NAME", help="A name of `slalom signals`.", autocompletion=complete.signals),
    ] = "noisy_sine",
    steps: Annotated[
        int | None,
        Option(
            metavar="N",
            help="How many on each, at least 1. Default: the landscape's own, 300 of the signal, "
            "100 of the network.",
            parser=options.whole,
        ),
    ] = None,
    seed: options.Seed = 0,
    out: Annotated[
        list[str],
        options.out(
            "Write a picture (.png .svg .pdf), the data (.nc .zarr) or the summary (.json). "
            "May be repeated."
        ),
    ] = [],  # noqa: B006 (read by Typer)
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Tell where two optimizers part, how far they go, and which settings explain it.

    Both run on a landscape, on a signal and on a small network, in float64.
    They part at the first step that leads them apart, from one place, by more than rounding.
    The signal is left out where one of them asks for the loss or the Hessian.

    slalom diff 'adam(lr=0.1)' 'adam@keras(lr=0.1)' --out diff.png
    slalom diff 'rmsprop(lr=0.01)' 'torch:RMSprop(lr=0.01)'
    slalom diff 'torch:Adam(lr=0.1, betas=(0.9, 0.99))' 'optax:adam(0.1, b2=0.99)'

    Quote what holds brackets, | or *: the shell has its own use for them.
    """
    wanted = outputs(out, KINDS)
    messages = terminal.Messages(quiet)
    with messages.busy("comparing"):
        from .. import studies

        found = studies.diff(a, b, landscape=landscape, signal=signal, steps=steps, seed=seed)
    terminal.answer(found.summary(), as_json, lambda: _show(found))
    write(found, wanted, messages)


def _show(diff: Diff) -> None:
    a, b = diff.data.rule.values
    headings = ("", "on", "steps", "part at", "by", "apart at the end", "loss of A", "loss of B")
    terminal.show(
        terminal.heading(f"{a}  against  {b}"),
        terminal.table(headings, [_row(p) for p in diff.partings], spare=("on", "steps")),
    )
    if "signal" not in diff.data.arena:
        terminal.show("no signal: it has no loss and no Hessian, which one of the two asks for")
    for parting in diff.partings:
        for label, outcome in zip("AB", parting.outcomes, strict=True):
            if outcome.failed:
                terminal.show(f"{parting.arena}: {label} {outcome}")
        if parting.step is None and parting.amplified:
            terminal.show(f"{parting.arena}: {_grown(parting)}")
    why = diff.explained
    terminal.show(terminal.heading(why.verdict))
    if why.settings:
        rows = [(s.name, s.a, s.b, _alone(s)) for s in why.settings]
        terminal.show(terminal.table(("setting", "A", "B", "alone explains"), rows))
    for side in why.strayed:
        rule = {"a": a, "b": b}[side]
        terminal.show(f"A finding: {rule} does not do what its preset here does")


def _grown(parting: Parting) -> str:
    """How free runs get apart that no single step takes apart."""
    apart = f"free runs get {terminal.number(parting.largest)} apart"
    if parting.spread is None:
        return f"{apart}, step by step"
    copies = f"copies of A, rounded at random, {terminal.number(parting.spread)} from it"
    if parting.by_rounding:
        return f"the two part because of rounding: {apart}, {copies}"
    return f"{apart}, which rounding does not explain: {copies}"


def _row(parting: Parting) -> tuple[str, ...]:
    losses = parting.losses or ()
    return (
        parting.arena,
        parting.where,
        str(parting.steps),
        "never" if parting.step is None else f"step {parting.step}",
        terminal.number(parting.first),
        terminal.number(parting.final),
        *[terminal.number(loss) for loss in losses],
        *[""] * (2 - len(losses)),
    )


def _alone(setting: Setting) -> str:
    """What share of the distance one setting explains, for people."""
    if setting.alone is None:
        return ""
    if setting.alone < -0.005:
        return f"nothing: {-setting.alone:.0%} further apart"
    return "nothing" if setting.alone < 0.00005 else f"{setting.alone:.2%}".replace(".00%", "%")

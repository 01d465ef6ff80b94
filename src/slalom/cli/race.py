"""`slalom race`: rules on a landscape, from one start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from typer import Argument, Option

from ..errors import SlalomError
from . import complete, options, terminal
from .outputs import outputs, write

if TYPE_CHECKING:
    from ..studies import Race
    from ..studies.standing import Standing

KINDS = ("summary", "data", "picture", "animation")


def race(
    landscape: Annotated[
        str,
        Argument(
            metavar="LANDSCAPE",
            help="A name of `slalom landscapes`, a member of a family such as "
            "'rosenbrock(dim=10)', FILE.py:name, or a formula such as 'x**2 + 3*sin(y)'.",
            autocompletion=complete.landscapes,
        ),
    ],
    rule: options.Rules = [],  # noqa: B006 (read by Typer)
    start: options.Start = None,
    steps: Annotated[
        int | None,
        Option(
            metavar="N",
            help="How many, at least 1. Default: the landscape's own.",
            parser=options.whole,
        ),
    ] = None,
    domain: options.Domain = None,
    tol: Annotated[
        float | None,
        Option(
            metavar="NUMBER",
            help="A run whose gradient norm falls below it has converged.",
            parser=options.number,
        ),
    ] = None,
    states: Annotated[
        bool, Option("--states", metavar="", help="Keep the rules' states in the data.")
    ] = False,
    seed: options.Seed = 0,
    dtype: options.Precision = "float64",
    digits: Annotated[
        bool,
        Option(
            "--digits/--no-digits",
            metavar="",
            help="Tell how many digits of each end hold, and where a path is rounding.",
        ),
    ] = True,
    out: Annotated[
        list[str],
        options.out(
            "Write a picture (.png .svg .pdf), an animation (.mp4 .gif .webp), the data "
            "(.nc .zarr) or the summary (.json). May be repeated."
        ),
    ] = [],  # noqa: B006
    view: Annotated[
        Literal["contour", "surface"], Option(help="How pictures show the landscape.")
    ] = "contour",
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Let rules race on a landscape from one start, and print who stands where.

    Without --rule the five optimizers of habr's comparison race, at its settings:
    nesterov, rmsprop, adadelta, adagrad and adam.

    slalom race hills_and_canyon --out race.png --out race.mp4
    slalom race rosenbrock --rule 'adam(lr=[0.01, 0.1])' --steps 500
    slalom race '-x**2 + y**4' --rule 'clip_norm(1) | adam(lr=0.1)'
    slalom race mine.py:bumps --rule mine.py:MyRule --start -2.8,-2.5 --json

    Quote what holds brackets, | or *: the shell has its own use for them.
    """
    wanted = outputs(out, KINDS)
    ground = options.ground(landscape, domain)
    drawn = [output.path for output in wanted if output.kind == "picture"]
    if drawn and view == "surface" and ground.dim != 2:
        raise SlalomError(
            f"{drawn[0]}: --view surface needs a landscape of 2 dimensions, "
            f"and {ground.name} has {ground.dim}"
        )
    messages = terminal.Messages(quiet)
    with messages.busy("racing"):
        from .. import studies
        from ..articles import habr

        runners = rule or habr.COMPARISON
        settings = {"states": states, "tol": tol, "seed": seed, "dtype": dtype}
        settings["digits"] = digits
        found = studies.race(ground, runners, start, steps, **settings)
    terminal.answer(found.summary(), as_json, lambda: _show(found, bool(drawn)))
    write(found, wanted, messages, view=view)


def _show(race: Race, drawn: bool) -> None:
    """The standings; where a picture is drawn, a dot of its colour before each."""
    facts = race.summary()
    title = f"{facts['landscape']} from {terminal.point(facts['start'])}, {facts['steps']} steps"
    colours = _colours(race) if drawn else {}
    told = "digits" in race.data
    columns = ("", "rule", "final loss", "best loss", "end position", *["digits"] * told, "outcome")
    rows = [
        (
            terminal.placed(place, colours.get(s.rule)),
            s.rule,
            *_numbers(s),
            *[_digits(s)] * told,
            s.outcome,
        )
        for place, s in enumerate(race.standings, 1)
    ]
    spare = ("digits", "end position", "best loss")
    terminal.show(terminal.heading(title), terminal.table(columns, rows, spare=spare))


def _numbers(standing: Standing) -> tuple[str, str, str]:
    """The losses and the end, to as many digits as hold."""
    held = standing.rounding
    return (
        terminal.number(standing.loss, held and held.loss),
        terminal.number(standing.best_loss, held and held.best_loss),
        terminal.point(standing.position, margins=held and held.position),
    )


def _digits(standing: Standing) -> str:
    """How many digits of the end hold, and which part of the path is rounding."""
    held = standing.rounding
    if held is None:
        return ""
    return ", ".join(filter(None, [f"{held.digits:.1f}", held.parted]))


def _colours(race: Race) -> dict[str, str]:
    from ..pictures.looks import looks

    names, rules = (race.data[name].values.tolist() for name in ("rule_name", "rule"))
    return {rule: look.colour for rule, look in zip(rules, looks(names, rules), strict=True)}

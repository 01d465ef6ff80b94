"""`slalom map`: thousands of runs in one picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer import Argument, Option

from ..errors import SlalomError
from . import complete, options, terminal
from .outputs import outputs, write
from .parsing import Command

KINDS = ("summary", "data", "picture")
SHOWN = 20  # critical points on the screen

app = typer.Typer(
    name="map", help="Thousands of runs in one picture.", no_args_is_help=True,
    pretty_exceptions_enable=False,
)  # fmt: skip

Ground = Annotated[
    str,
    Argument(
        metavar="LANDSCAPE",
        help="A name of `slalom landscapes`, a member of a family, FILE.py:name, or a formula.",
        autocompletion=complete.landscapes,
    ),
]
Rule = Annotated[
    str,
    Option(
        "--rule", metavar="TEXT", help="The rule, such as 'adam(lr=0.1)'.",
        autocompletion=complete.rules,
    ),
]  # fmt: skip
Size = Annotated[
    int, Option(metavar="N", help="Points along each axis, at least 2.", parser=options.whole)
]
Steps = Annotated[
    int | None,
    Option(metavar="N", help="Steps of each run. Default: the landscape's own.",
           parser=options.whole),
]  # fmt: skip
Out = Annotated[
    list[str],
    options.out(
        "Write a picture (.png .svg .pdf), the data (.nc .zarr) or the summary (.json). "
        "May be repeated."
    ),
]


def a_range(text: str) -> tuple[str, tuple[float, float] | None]:
    """The name and the range of a text such as `lr=1e-4:10`, or a ValueError."""
    name, equals, limits = text.partition("=")
    if not equals:
        return name, None
    try:
        low, high = (float(limit) for limit in limits.split(":"))
    except ValueError:
        raise options.refused("a range such as lr=1e-4:10", text) from None
    return name, (low, high)


Vary = Annotated[
    list[Any],
    Option(
        metavar="NAME=LOW:HIGH",
        help="A hyperparameter to vary; without a range, over one that suits it. "
        "May be repeated: the first goes across.",
        parser=a_range,
    ),
]


@app.command(cls=Command, no_args_is_help=True)
def basins(
    landscape: Ground,
    rule: options.Rules = [],  # noqa: B006 (read by Typer)
    size: Size = 200,
    steps: Steps = None,
    domain: options.Domain = None,
    radius: Annotated[
        float | None,
        Option(metavar="NUMBER", help="How near a minimum counts as there.", parser=options.number),
    ] = None,
    seed: options.Seed = 0,
    dtype: options.Precision = "float64",
    out: Out = [],  # noqa: B006
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """From which starts a rule ends in which minimum, and how soon.

    slalom map basins hills_and_canyon --rule 'adam(lr=0.25)' --size 400 --out basins.png
    slalom map basins himmelblau --rule 'momentum(lr=[0.001, 0.01])' --out basins.png
    """
    ground = options.ground(landscape, domain)

    def run(moved: Callable) -> Any:
        from ..studies import maps

        return maps.basins(
            ground, rule or ["adam(lr=0.25)"], size, steps, radius=radius, seed=seed, dtype=dtype,
            progress=moved,
        )  # fmt: skip

    _make("running", run, _show_basins, out, as_json, quiet)


@app.command(cls=Command, no_args_is_help=True)
def sensitivity(
    landscape: Ground,
    rule: Rule = "adam",
    size: Size = 100,
    steps: Steps = None,
    domain: options.Domain = None,
    vary: Vary = [],  # noqa: B006
    start: options.Start = None,
    seed: options.Seed = 0,
    dtype: options.Precision = "float64",
    out: Out = [],  # noqa: B006
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """The final loss over two hyperparameters.

    slalom map sensitivity rosenbrock --rule adam --vary lr=1e-3:1 --vary beta1 --out map.png
    """
    ground = options.ground(landscape, domain)

    def run(moved: Callable) -> Any:
        from ..studies import maps

        return maps.sensitivity(
            ground, rule, size, steps, vary=_ranges(vary), start=start, seed=seed, dtype=dtype,
            progress=moved,
        )  # fmt: skip

    _make("running", run, _show_sensitivity, out, as_json, quiet)


@app.command(cls=Command, no_args_is_help=True)
def stability(
    landscape: Ground,
    rule: Rule = "momentum",
    size: Size = 100,
    steps: Annotated[
        int, Option(metavar="N", help="Steps of each run.", parser=options.whole)
    ] = 1000,
    vary: Vary = [],  # noqa: B006
    widest: Annotated[
        tuple[float, float],
        Option(metavar="LOW HIGH", help="lr λ from low to high.", parser=options.number),
    ] = (0.0, 4.5),
    out: Out = [],  # noqa: B006
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Where a rule diverges on a quadratic, and where theory says that it should.

    slalom map stability quadratic --rule momentum --out stability.png
    """
    ground = options.ground(landscape, None)

    def run(moved: Callable) -> Any:
        from ..studies import maps

        return maps.stability(
            ground, rule, size, steps, vary=_ranges(vary), widest=widest, progress=moved
        )

    _make("running", run, _show_stability, out, as_json, quiet)


@app.command(cls=Command, no_args_is_help=True)
def critical(
    landscape: Ground,
    domain: options.Domain = None,
    out: Out = [],  # noqa: B006
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """The points without slope: minima, maxima and saddles, told apart by the curvature there.

    slalom map critical himmelblau --out points.png
    """
    ground = options.ground(landscape, domain)

    def run(moved: Callable) -> Any:
        from ..studies import maps

        return maps.critical(ground)

    _make("searching", run, _show_critical, out, as_json, quiet)


def _make(
    doing: str, run: Callable, show: Callable, out: list[str], as_json: bool, quiet: bool
) -> None:
    """Run a map with a bar that shows how far it is, print it and write it."""
    wanted = outputs(out, KINDS)
    messages = terminal.Messages(quiet)
    with messages.progress(doing) as moved:
        found = run(moved)
    facts = found.summary()
    terminal.answer(facts, as_json, lambda: show(facts))
    write(found, wanted, messages)


def _ranges(vary: list[Any]) -> dict[str, Any] | None:
    names = [name for name, _ in vary]
    if len(set(names)) < len(names):
        raise SlalomError(f"--vary: {names[0]} is given twice")
    return dict(vary) or None


def _show_basins(facts: dict[str, Any]) -> None:
    across, up = facts["size"]
    rows = []
    for lane in facts["rules"]:
        for place in lane["minima"][:SHOWN]:
            soon = place["median_step"]
            rows.append(
                (
                    lane["rule"], terminal.point(place["position"]),
                    terminal.number(place["value"]), f"{place['share']:.1%}",
                    "" if soon is None else terminal.number(soon),
                )
            )  # fmt: skip
        rest = sum(place["share"] for place in lane["minima"][SHOWN:])
        others = [
            ("other minima", rest),
            ("elsewhere", lane["elsewhere"]),
            ("failed", lane["failed"]),
        ]
        rows += [(lane["rule"], name, "", f"{share:.1%}", "") for name, share in others if share]
    terminal.show(
        terminal.heading(f"{facts['landscape']}, {across} × {up} starts, {facts['steps']} steps"),
        terminal.table(
            ("rule", "minimum", "value", "starts", "median step"),
            rows,
            spare=("median step", "value"),
        ),
    )


def _show_sensitivity(facts: dict[str, Any]) -> None:
    best = [
        (name, "none" if value is None else terminal.number(value))
        for name, value in facts["best"].items()
    ]
    shares = [
        ("settings that end lower than the start", f"{facts['lower_than_start']:.1%}"),
        ("settings that failed", f"{facts['failed']:.1%}"),
    ]
    terminal.show(
        terminal.heading(
            f"{facts['rule']} on {facts['landscape']}, {facts['steps']} steps: the best"
        ),
        terminal.table(None, best + shares),
    )


def _show_stability(facts: dict[str, Any]) -> None:
    name = next(iter(facts["borders"][0]))
    columns = {name: name, "measured": "diverges from lr λ", "theory": "theory"}
    rows = [
        tuple("–" if row[k] is None else terminal.number(row[k]) for k in columns)
        for row in facts["borders"][:: max(1, len(facts["borders"]) // 10)]
    ]
    rule = f"{facts['rule']} on {facts['landscape']}, {facts['steps']} steps"
    agreement = facts["agreement"]
    note = (
        "the rule is not linear: no spectral radius"
        if agreement is None
        else f"the spectral radius says the same of {agreement:.1%} of the settings"
    )
    terminal.show(terminal.heading(rule), terminal.table(list(columns.values()), rows), note)


def _show_critical(facts: dict[str, Any]) -> None:
    counts = ", ".join(f"{count} × {kind}" for kind, count in facts["counts"].items())
    rows = [
        (
            point["kind"], terminal.point(point["position"]), terminal.number(point["value"]),
            terminal.point(point["eigenvalues"]),
        )
        for point in facts["points"][:SHOWN]
    ]  # fmt: skip
    more = len(facts["points"]) - len(rows)
    terminal.show(
        terminal.heading(f"{facts['landscape']}: {counts or 'no critical point found'}"),
        terminal.table(("kind", "position", "value", "eigenvalues of the Hessian"), rows),
        *([f"and {more} more: see --json or --out"] if more else []),
    )

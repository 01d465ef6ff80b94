"""`slalom landscapes`: what there is, and each of them in detail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from rich.console import RenderableType
from typer import Argument

from . import complete, options, terminal
from .outputs import outputs, write

if TYPE_CHECKING:
    from ..landscapes.landscape import Domain, Landscape

LISTED = 12  # more minima than these are only counted


def landscapes(
    name: Annotated[
        str | None,
        Argument(
            metavar="[NAME]",
            help="A name, a member of a family, FILE.py:name or a formula.",
            autocompletion=complete.landscapes,
        ),
    ] = None,
    domain: options.Domain = None,
    out: Annotated[
        list[str], options.out("Draw it in a file (.png .svg .pdf). May be repeated.")
    ] = [],  # noqa: B006 (read by Typer)
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """List the landscapes, or tell all about one: formula, domain, start, minima, source.

    slalom landscapes
    slalom landscapes rosenbrock --out rosenbrock.png
    slalom landscapes 'rastrigin(dim=3)' --json
    """
    from ..errors import SlalomError
    from ..landscapes import CATALOGUE

    if name is None:
        if out or domain:
            raise SlalomError("which landscape? --out and --domain need its name")
        listed = [_facts(each) for each in CATALOGUE.values()]
        rows = [(f["name"], f["formula"], f["source"]) for f in listed]
        headings = ("landscape", "formula", "source")
        brief = [{key: f[key] for key in ("name", *headings[1:], "dim")} for f in listed]
        terminal.answer(brief, as_json, lambda: terminal.show(terminal.table(headings, rows)))
        return
    wanted = outputs(out, ("picture",))
    found = options.ground(name, domain)
    facts = _facts(found)
    terminal.answer(facts, as_json, lambda: terminal.show(*_page(found.name, facts)))
    write(found, wanted, terminal.Messages(quiet))


def _facts(landscape: Landscape) -> dict[str, Any]:
    """All that is known of a landscape, as plain values."""
    from ..landscapes.family import Family

    family = landscape.family
    return {
        "name": landscape.name,
        "formula": landscape.formula,
        "source": landscape.source,
        "dim": landscape.dim,
        "domain": landscape.domain,
        "start": landscape.start,
        "steps": landscape.steps,
        "noise": landscape.noise,
        "parameters": family.defaults if isinstance(family, Family) else {},
        "minima": [
            {"position": m.position, "value": m.value, "global": m.is_global}
            for m in sorted(landscape.minima, key=lambda m: m.value)
        ],
        "critical": [
            {"position": c.position, "value": c.value, "kind": c.kind} for c in landscape.critical
        ],
    }


def _page(name: str, facts: dict[str, Any]) -> Iterator[RenderableType]:
    defaults = ", ".join(f"{key}={value:g}" for key, value in facts["parameters"].items())
    points = [(p, "global minimum" if p["global"] else "minimum") for p in facts["minima"]]
    points += [(p, p["kind"]) for p in facts["critical"]]
    rows = [
        ("formula", facts["formula"]),
        ("domain", _domain(facts["domain"])),
        ("start", terminal.point(facts["start"])),
        ("steps", facts["steps"]),
        ("noise", facts["noise"] or ""),
        ("parameters", defaults and f"{defaults} by default"),
        *(
            (kind, f"{terminal.number(p['value'])} at {terminal.point(p['position'])}")
            for p, kind in points[:LISTED]
        ),
        ("", f"and {len(points) - LISTED} more" if len(points) > LISTED else ""),
        ("source", facts["source"]),
    ]
    yield terminal.heading(name)
    yield terminal.table(None, [row for row in rows if row[1] != ""])


def _domain(intervals: Domain) -> str:
    shown = [f"[{low:g}, {high:g}]" for low, high in intervals]
    return f"{shown[0]} on each axis" if len(set(shown)) == 1 else " × ".join(shown)

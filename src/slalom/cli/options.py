"""Arguments and options that several commands share, and how their texts are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from typer import Option
from typer.models import OptionInfo

from ..characters import advice_on
from ..errors import clip
from . import complete

if TYPE_CHECKING:
    from ..landscapes import Landscape

SEEDS = 2**32  # as many as NumPy and JAX both take


def whole(text: str) -> int:
    """The whole number of a text, or a ValueError, which Typer reports."""
    try:
        return int(text)
    except ValueError:
        raise refused("a whole number", text) from None


def seed(text: str) -> int:
    """The seed of a text, or a ValueError."""
    found = whole(text)
    if not 0 <= found < SEEDS:
        raise refused(f"a whole number from 0 to {SEEDS - 1}", text)
    return found


def number(text: str) -> float:
    """The number of a text, or a ValueError."""
    try:
        return float(text)
    except ValueError:
        raise refused("a number", text) from None


def numbers(text: str) -> list[float]:
    """The numbers of a text such as `-2.8,-2.5`, or a ValueError."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise refused("numbers such as -2.8,-2.5", text) from None


def refused(wanted: str, text: str) -> ValueError:
    """The error for a text that is not what is wanted; it tells what to type, where it can."""
    told = advice_on(text)
    return ValueError(f"must be {wanted}, got {clip(text)!r}" + (f"; {told}" if told else ""))


Rules = Annotated[
    list[str],
    Option(
        "--rule",
        metavar="TEXT",
        help="A rule, such as 'adam(lr=0.1)'; may be repeated, and may sweep: "
        "'adam(lr=[0.01, 0.1])'. FILE.py:Name is one of your own.",
        autocompletion=complete.rules,
    ),
]
Start = Annotated[
    Sequence[float] | None,
    Option(metavar="X,Y", help="Where to begin. Default: the landscape's own.", parser=numbers),
]
Domain = Annotated[
    Sequence[float] | None,
    Option(
        metavar="LOW,HIGH,…",
        help="The part of the landscape to draw: two numbers for each axis.",
        parser=numbers,
    ),
]
Seed = Annotated[int, Option(metavar="N", help="Of the draws, where any are made.", parser=seed)]
Precision = Annotated[Literal["float32", "float64"], Option(help="Of the numbers.")]
Workers = Annotated[
    int | None,
    Option(metavar="N", help="Parallel processes. Default: one a core.", parser=whole),
]
Json = Annotated[
    bool,
    Option("--json", metavar="", help="Print one JSON object, in full precision, and no table."),
]
Quiet = Annotated[bool, Option("--quiet", metavar="", help="No messages and no progress.")]


def out(about: str) -> OptionInfo:
    """The option `--out`, whose endings differ from command to command."""
    return Option("--out", metavar="FILE", help=about)


def ground(text: str, domain: Sequence[float] | None) -> Landscape:
    """The landscape of a text, over a domain where one is given.

    Raises:
        SlalomError: there is no such landscape, or the domain is none for it.
    """
    from .. import landscapes

    if domain is None:
        return landscapes.find(text)
    return landscapes.find(text, [domain[i : i + 2] for i in range(0, len(domain), 2)])

"""What a claim is: a sentence, an experiment, figures, and the rule from figures to verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import SlalomError
from ...studies.labelled import plain

HOLDS, IN_PART, FAILS = VERDICTS = ("holds", "holds in part", "does not hold")
Figures = Mapping[str, float]


@dataclass(frozen=True)
class Measured:
    """What an experiment found.

    Attributes:
        figures: numbers by name; where a figure is an estimate, its interval stands beside it
            as `name_low` and `name_high`.
        shown: the labelled data behind them, which a picture can show: a chart, race, response
            or map.
        digits: of the ends of runs on which figures rest, how many hold in spite of rounding
            (`slalom.descent.rounding`); None where it is not known.
    """

    figures: Figures
    shown: Any
    digits: Figures | None = None


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim of the articles and how it is put to the test.

    Attributes:
        id: `C1` to `C64`.
        sentence: the claim, in words of our own.
        articles: where it is made, short names.
        experiment: what is run: landscapes, rules, starts, seeds, settings.
        measure: runs it. Keyword arguments set its size; the defaults are the full one.
        holds: a Python expression of the figures' names: true where the claim holds.
        in_part: likewise, where it holds in part; looked at only where `holds` is false.
    """

    id: str
    sentence: str
    articles: tuple[str, ...]
    experiment: str
    measure: Callable[..., Measured]
    holds: str
    in_part: str = "False"

    def verdict(self, figures: Figures) -> str:
        """The verdict that follows from the figures.

        Raises:
            SlalomError: the rule names a figure that is not there.
        """
        for verdict, condition in ((HOLDS, self.holds), (IN_PART, self.in_part)):
            if _true(condition, figures, self.id):
                return verdict
        return FAILS

    @property
    def rule(self) -> str:
        """The rule from figures to verdict, in words and the figures' names."""
        middle = "" if self.in_part == "False" else f"; in part: {self.in_part}"
        return f"holds: {self.holds}{middle}; else it does not hold"


@dataclass(frozen=True)
class Judged:
    """A claim after its experiment."""

    claim: Claim
    measured: Measured

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`, as the claim's rule has it."""
        return self.claim.verdict(self.measured.figures)

    def summary(self) -> dict[str, Any]:
        """All but the picture as plain values for JSON; a number that is not finite is None."""
        claim = self.claim
        return {
            "id": claim.id,
            "claim": claim.sentence,
            "articles": list(claim.articles),
            "experiment": claim.experiment,
            "figures": {name: plain(value) for name, value in self.measured.figures.items()},
            "rule": claim.rule,
            "verdict": self.verdict,
            "digits": None if (held := self.measured.digits) is None else plain(dict(held)),
        }


def judge(claim: Claim, **size: Any) -> Judged:
    """Run a claim's experiment; `size` is handed to its `measure`."""
    return Judged(claim, claim.measure(**size))


def _true(condition: str, figures: Figures, where: str) -> bool:
    # the text is our own, and is what a reader sees: so it is also what is run
    names = {"abs": abs, "min": min, "max": max, "True": True, "False": False}
    try:
        return bool(eval(condition, {"__builtins__": {}}, {**names, **figures}))  # noqa: S307
    except NameError as error:
        raise SlalomError(f"{where}: the rule {condition!r} names no figure: {error}") from error

"""The claims of a gallery that is quick to build."""

from tiny_studies import called, line

from slalom.articles.claims import Claim, Measured


def steepness():
    """The slope of a line, twice."""
    called("steepness")
    return Measured({"slope": 2.0, "slope_low": 1.9, "slope_high": 2.1}, line())


LONG = "slope < " + "+".join(["1000"] * 60)

CLAIMS = (
    Claim(
        id="C1",
        sentence="Lines <rise>.",
        articles=("habr",),
        experiment="one line.",
        measure=steepness,
        holds="slope_low > 0",
    ),
    Claim(
        id="C2",
        sentence="Lines fall.",
        articles=("habr",),
        experiment="one line.",
        measure=steepness,
        holds="slope < 0",
        in_part=LONG,
    ),
)


def find(name):
    """The claim of that id."""
    return next(claim for claim in CLAIMS if claim.id == name)

"""The claims of a gallery that is quick to build."""

from tiny_studies import called, line

from slalom.articles.claims import Claim, Measured


def steepness():
    """The slope of a line, twice."""
    called("steepness")
    return Measured({"slope": 2.0, "slope_low": 1.9, "slope_high": 2.1}, line())


LONG = "slope < " + "+".join(["1000"] * 60)

CLAIMS = (
    Claim("C1", "Lines <rise>.", ("habr",), "one line.", steepness, "slope_low > 0"),
    Claim("C2", "Lines fall.", ("habr",), "one line.", steepness, "slope < 0", LONG),
)


def find(name):
    """The claim of that id."""
    return next(claim for claim in CLAIMS if claim.id == name)

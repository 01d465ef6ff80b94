"""The claims of the articles, each put to the test."""

from .claim import FAILS, HOLDS, IN_PART, VERDICTS, Claim, Judged, Measured, judge

__all__ = ["FAILS", "HOLDS", "IN_PART", "VERDICTS", "Claim", "Judged", "Measured", "judge"]

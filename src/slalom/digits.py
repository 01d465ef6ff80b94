"""Numbers as they are shown where rounding has brought them off: no more digits than hold."""

from __future__ import annotations

import math
from typing import NamedTuple


class Margin(NamedTuple):
    """What is known of a number's rounding.

    Attributes:
        error: how far off it may be.
        least: an error up to which a number without any digit that holds is 0.
    """

    error: float
    least: float


def shown(value: float, most: int, margin: Margin | None = None) -> str:
    """A number to `most` digits, for people; where fewer hold, to these, after a "≈".

    Where none holds it is "≈0" if it is as small as rounding on the way, else "?".
    """
    value = value + 0  # or there would be a -0
    held = most if margin is None or not math.isfinite(value) else _held(value, margin.error, most)
    if held >= most:
        return f"{value:.{most}g}"
    if held >= 1:
        return f"≈{value:.{held}g}"
    return "≈0" if margin is not None and margin.error <= margin.least else "?"


def _held(value: float, error: float, most: int) -> int:
    """How many digits hold, at most so many."""
    if error == 0:
        return most
    share = abs(value) / error
    return min(math.floor(math.log10(share)), most) if share > 0 else 0

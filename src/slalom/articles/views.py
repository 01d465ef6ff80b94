"""A race drawn over more of its landscape than the landscape's own domain."""

from __future__ import annotations

from collections.abc import Sequence

from .. import landscapes
from ..landscapes.landscape import Domain
from ..studies.race import Race, race


def race_in_view(landscape: str, rules: Sequence[str], steps: int, domain: Domain) -> Race:
    """A race from the landscape's own start, with a view that holds the paths.

    Args:
        landscape: its name.
        rules: their texts; a text may sweep.
        steps: how many, at least 1.
        domain: (low, high) of each axis, the part to draw.
    """
    return race(landscapes.find(landscape, domain), rules, steps=steps)

"""Where descents begin on a landscape that nobody chose a start for."""

from __future__ import annotations

import dataclasses

from ..errors import SlalomError
from .landscape import Domain, Landscape, Point

SIZE = 61  # points an axis when searching; odd, so that the middle is one of them
INWARDS = (1 / 30, 1 / 12)  # of the way through the domain: (-2.8, -2.5) of (-3, 3)


def corner(domain: Domain) -> Point:
    """A point near the lower corner of the domain, off its diagonal."""
    return tuple(
        min(max(float(f"{low + (high - low) * INWARDS[i % 2]:.6g}"), low), high)
        for i, (low, high) in enumerate(domain)
    )


def started(landscape: Landscape) -> Landscape:
    """The landscape, started where it is finite: its own start, or else the nearest such point.

    Raises:
        SlalomError: nowhere on the domain is it finite.
    """
    import numpy as np

    if np.isfinite(landscape(landscape.start)):
        return landscape
    if landscape.dim > 2:
        raise SlalomError(f"{landscape.name} has no finite value at {landscape.start}")
    *axes, values = landscape.mesh(SIZE)
    finite = np.isfinite(values)
    if not finite.any():
        what = "no real value" if np.isnan(values).all() else "only infinite values"
        raise SlalomError(f"{landscape.name} has {what} on its domain")
    points = np.stack(np.meshgrid(*axes), axis=-1)[finite]
    sides = [high - low for low, high in landscape.domain]
    distances = np.sum(((points - landscape.start) / sides) ** 2, axis=-1)
    return dataclasses.replace(landscape, start=points[distances.argmin()])

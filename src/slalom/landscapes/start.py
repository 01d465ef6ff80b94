"""Where descents begin on a landscape that nobody chose a start for."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..errors import SlalomError
from .landscape import Domain, Landscape, Point

SIZE = 61  # points an axis when searching; odd, so that the middle is one of them
DIFFERENCES = (1e-10, 1e-6)  # of a side of the domain
GROWTH = 1.5  # of the quotients: that of |x|**0.9 at 0 grows 2.5 times, of a root 100 times
INWARDS = (1 / 30, 1 / 12)  # of the way through the domain: (-2.8, -2.5) of (-3, 3)


def corner(domain: Domain) -> Point:
    """A point near the lower corner of the domain, off its diagonal."""
    return tuple(
        min(max(float(f"{low + (high - low) * INWARDS[i % 2]:.6g}"), low), high)
        for i, (low, high) in enumerate(domain)
    )


def started(landscape: Landscape) -> Landscape:
    """The landscape, started where value and slope are finite: its own start, or the nearest such.

    Where the slope is finite nowhere, a finite value is enough.

    Raises:
        SlalomError: nowhere on the domain is it finite.
    """
    import numpy as np

    own = np.asarray(landscape.start)
    is_finite = bool(np.isfinite(landscape(own)))
    if is_finite and _has_slope(landscape, own):
        return landscape
    if landscape.dim > 2:
        if is_finite:
            return landscape
        raise SlalomError(f"{landscape.name} has no finite value at {landscape.start}")
    *axes, values = landscape.mesh(SIZE)
    finite = np.isfinite(values)
    if not finite.any():
        what = "no real value" if np.isnan(values).all() else "only infinite values"
        raise SlalomError(f"{landscape.name} has {what} on its domain")
    points = np.stack(np.meshgrid(*axes), axis=-1)[finite]
    with_slope = _has_slope(landscape, points)
    if with_slope.any():
        points = points[with_slope]
    elif is_finite:
        return landscape
    sides = [high - low for low, high in landscape.domain]
    distances = np.sum(((points - own) / sides) ** 2, axis=-1)
    return dataclasses.replace(landscape, start=points[distances.argmin()])


def _has_slope(landscape: Landscape, points: Any) -> Any:
    """At which points of shape (..., dim) the slope is finite: booleans of shape (...).

    Judged by difference quotients to both sides along each axis, which must not grow as the
    difference shrinks; so that nothing has to be differentiated, for which JAX would be loaded.
    """
    import numpy as np

    here = landscape(points)
    found = np.ones(np.shape(here), dtype=bool)
    for axis, (low, high) in enumerate(landscape.domain):
        for side in (low - high, high - low):
            near, far = (
                _quotient(landscape, points, here, axis, share * side) for share in DIFFERENCES
            )
            with np.errstate(all="ignore"):
                rounding = 1e-12 * np.abs(here / (DIFFERENCES[0] * side))
                found &= np.abs(near) <= GROWTH * np.abs(far) + rounding
    return found


def _quotient(landscape: Landscape, points: Any, here: Any, axis: int, difference: float) -> Any:
    """The slope from each point to one beside it; NaN where there is none."""
    import numpy as np

    beside = np.array(points)
    beside[..., axis] += difference
    with np.errstate(all="ignore"):
        return (landscape(beside) - here) / (beside - points)[..., axis]

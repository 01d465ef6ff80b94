"""Critical points: all of them that are found, and what kind of point each is."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import xarray as xr
from jax import enable_x64

from ...descent.objective import as_objective, current
from ...landscapes import CriticalPoint, Landscape, Minimum
from ..race import as_landscape
from ..result import LandscapeResult
from .points import critical_points


@dataclass(frozen=True, eq=False, repr=False)
class Critical(LandscapeResult):
    """The critical points of a landscape.

    Attributes:
        data: along `point`, lowest first: `kind`, `value`, with `axis` the `position`, and
            the Hessian's `eigenvalue` (point, axis), ascending.
    """

    kind = "critical"

    @property
    def marked(self) -> Landscape:
        """The landscape with these points as its minima and critical points, to be drawn."""
        rows = zip(self.data.kind.values, self.data.position.values, self.data.value.values,
                   strict=True)  # fmt: skip
        points: list[Any] = [
            (str(kind), tuple(at.tolist()), float(value)) for kind, at, value in rows
        ]
        lowest = min((value for kind, _, value in points if kind == "minimum"), default=0.0)
        near = 1e-9 * max(1.0, abs(lowest))
        minima = tuple(Minimum(at, v, v <= lowest + near) for k, at, v in points if k == "minimum")
        others = tuple(CriticalPoint(at, k, v) for k, at, v in points if k != "minimum")
        return dataclasses.replace(self.landscape, minima=minima, critical=others)

    def summary(self) -> dict[str, Any]:
        """How many there are of each kind, and every one of them."""
        data = self.data
        return {
            "landscape": self.landscape.name,
            "counts": dict(Counter(str(kind) for kind in data.kind.values)),
            "points": [
                {
                    "kind": str(data.kind.values[i]),
                    "position": data.position.values[i].tolist(),
                    "value": float(data.value.values[i]),
                    "eigenvalues": data.eigenvalue.values[i].tolist(),
                }
                for i in range(data.sizes["point"])
            ],
        }


def critical(landscape: Landscape | str) -> Critical:
    """The points of a landscape's domain where its gradient is 0, told apart by curvature.

    A minimum has a Hessian with positive eigenvalues only, a maximum negative ones, a saddle
    both; a point with an eigenvalue of 0 is degenerate.

    Args:
        landscape: of at most 64 dimensions, or its text.

    Raises:
        SlalomError: there is no such landscape, or it has more dimensions.
    """
    ground = as_landscape(landscape)
    points = critical_points(ground)
    positions = np.array([point.position for point in points]).reshape(-1, ground.dim)
    with enable_x64(True):
        height = current(as_objective(ground), np.zeros(ground.dim)).value
        curvatures = np.asarray(jax.vmap(jax.hessian(height))(positions))
    data = xr.Dataset(
        {
            "kind": ("point", np.array([point.kind for point in points], str)),
            "value": ("point", np.array([point.value for point in points])),
            "position": (("point", "axis"), positions),
            "eigenvalue": (("point", "axis"), np.linalg.eigvalsh(curvatures)),
        },
        {"axis": list(ground.axes)},
        {"landscape": ground.name},
    )
    return Critical(data, ground)

"""Maps: what thousands of runs do over starts or hyperparameters, and where a landscape is flat."""

from .basins import Basins, basins
from .critical import Critical, critical
from .labelled import Map
from .points import critical_points
from .sensitivity import Sensitivity, sensitivity
from .stability import Stability, stability

KINDS = (Basins, Sensitivity, Stability, Critical)

__all__ = [
    "KINDS",
    "Basins",
    "Critical",
    "Map",
    "Sensitivity",
    "Stability",
    "basins",
    "critical",
    "critical_points",
    "sensitivity",
    "stability",
]

"""Maps: what thousands of runs do over starts or hyperparameters, and where a landscape is flat."""

from .basins import Basins, basins
from .critical import Critical, critical
from .points import critical_points
from .sensitivity import Sensitivity, sensitivity
from .stability import Stability, stability

__all__ = [
    "Basins",
    "Critical",
    "Sensitivity",
    "Stability",
    "basins",
    "critical",
    "critical_points",
    "sensitivity",
    "stability",
]

"""The one loop, and the `Run` it returns."""

from .. import random_state  # noqa: F401 (before any import of JAX)
from .descend import descend
from .outcome import KINDS, Outcome, Outcomes
from .run import Run, Trace
from .training import Training, train

__all__ = ["KINDS", "Outcome", "Outcomes", "Run", "Trace", "Training", "descend", "train"]

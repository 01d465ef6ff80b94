"""What JAX has to know of rules: rules, schedules and `Leaves` as pytrees, draws, conditionals.

Importing it registers every class of rules, and every one defined later.
"""

from .. import random_state  # noqa: F401 (before any import of JAX)
from . import conditionals, pytrees  # noqa: F401 (each registers what it is about)
from .draws import JaxDraws
from .programs import Traced, compiled_for, traced
from .pytrees import leaf_at, leaves_of, path_name

__all__ = [
    "JaxDraws",
    "Traced",
    "compiled_for",
    "leaf_at",
    "leaves_of",
    "path_name",
    "traced",
]

"""Names for values that no one type of one library stands for."""

from __future__ import annotations

from typing import Any

Array = Any
"""An array of NumPy, PyTorch or JAX, traced or not."""
Number = Any
"""A float, an array without dimensions, or a schedule of them."""
State = Any
"""What a rule remembers: a named tuple of arrays, or of `Leaves`."""
Tree = Any
"""Parameters: an array, or lists, tuples, dicts and modules of them, as JAX knows trees."""

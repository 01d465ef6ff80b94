"""Loads JAX and leaves NumPy's global random numbers as they were.

The import of JAX draws from NumPy's global generator. Packages with modules that import JAX import
this one first, so that loading a part of Slalom changes no result of a program that called
`numpy.random.seed`.
"""

from __future__ import annotations

import numpy as np

_before = np.random.get_state(legacy=False)  # noqa: NPY002 (the state to keep is that one)
try:
    import jax  # noqa: F401 (for what is imported after this module)
finally:
    np.random.set_state(_before)  # noqa: NPY002

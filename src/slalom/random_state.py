"""Loads other libraries and leaves the global random numbers as they were.

The import of JAX draws from NumPy's global generator, that of scikit-learn from Python's. A program
that has set a seed is to find its own numbers, whatever it loads of Slalom and when: packages with
modules that import JAX import this one first.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def kept() -> Iterator[None]:
    """Put back the states of Python's and NumPy's global generators."""
    # the state of another generator than the default one is a dict too
    of_python, of_numpy = random.getstate(), np.random.get_state(legacy=False)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)  # noqa: NPY002


with kept():
    import jax  # noqa: F401 (for what is imported after this module)

"""Random numbers from NumPy, for rules that need a `key`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class NumpyDraws(NamedTuple):
    """A source of draws: a seed, and the path of steps and splits that leads to the source."""

    seed: int
    path: tuple[int, ...]

    def split(self) -> tuple[NumpyDraws, NumpyDraws]:
        """Two sources whose draws are independent of each other."""
        return NumpyDraws(self.seed, (*self.path, 0)), NumpyDraws(self.seed, (*self.path, 1))

    def normal(self, like: np.ndarray) -> np.ndarray:
        """Draws of N(0, 1) with the shape and dtype of `like`."""
        return self._generator().standard_normal(like.shape).astype(like.dtype)

    def signs(self, like: np.ndarray) -> np.ndarray:
        """Draws of -1 and 1, equally likely, with the shape and dtype of `like`."""
        return (2 * self._generator().integers(2, size=like.shape) - 1).astype(like.dtype)

    def _generator(self) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=self.path))

"""A learning problem as an objective of the loop: its loss over a batch, or over all samples."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from ..problems import Problem, Samples
from .objective import Moment, Tree, differentiated


@functools.partial(
    jax.tree_util.register_dataclass,
    data_fields=("problem", "samples", "present"),
    meta_fields=(),
)
@dataclass(frozen=True)
class OnSamples:
    """A problem's loss over some of its samples as an objective of the loop.

    Attributes:
        problem: what is learned.
        samples: a batch, or all of them.
        present: which of a padded batch are there, booleans of shape (n,); None: all.
    """

    problem: Problem
    samples: Samples
    present: Any = None
    stochastic = False

    def value(self, x: Tree) -> Any:
        """The loss over the samples."""
        return self.problem.value(x, self.samples, self.present)

    def value_and_gradient(self, x: Tree) -> tuple[Any, Tree]:
        """The loss and its gradient."""
        return differentiated(self, x)

    def gradient(self, point: Tree, moment: Moment) -> Tree:
        """The gradient that a rule gets that asks at `point`."""
        return self.value_and_gradient(point)[1]

    def defined(self, x: Tree) -> Any:
        """A problem is defined everywhere."""
        return jnp.asarray(True)

    def is_usable(self, x: Tree) -> Any:
        """Whether any sample counts."""
        return jnp.any(self.problem.counted(x, self.samples, self.present))


def on(problem: Problem) -> OnSamples:
    """The loss over all training samples, as an objective for `slalom.descend`."""
    return OnSamples(problem, problem.train)

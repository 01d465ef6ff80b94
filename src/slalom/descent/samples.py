"""A learning problem as an objective of the loop: its loss over a batch, or over all samples."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import own_code
from ..problems import Problem, Samples
from ..problems.fitting import check_fit
from .objective import Deterministic, Tree


@functools.partial(
    jax.tree_util.register_dataclass,
    data_fields=("problem", "samples", "present"),
    meta_fields=(),
)
@dataclass(frozen=True)
class OnSamples(Deterministic):
    """A problem's loss over some of its samples as an objective of the loop.

    Attributes:
        problem: what is learned.
        samples: a batch, or all of them.
        present: which of a padded batch are there, booleans of shape (n,); None: all.
    """

    problem: Problem
    samples: Samples
    present: Any = None

    def value(self, x: Tree) -> Any:
        """The loss over the samples."""
        with own_code.explained(own_code.OF_FUNCTIONS):
            return self.problem.value(x, self.samples, self.present)

    def is_usable(self, x: Tree) -> Any:
        """Whether any sample counts."""
        return jnp.any(self.problem.counted(x, self.samples, self.present))


def on(problem: Problem) -> OnSamples:
    """The loss over all training samples, as an objective for `slalom.descend`.

    Raises:
        SlalomError: the samples do not fit the model, the loss or the metric.
    """
    check_fit(problem, problem.model.init(np.random.default_rng(0), np.float32))
    return OnSamples(problem, problem.train)

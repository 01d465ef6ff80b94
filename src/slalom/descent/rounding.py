"""How much of a run is rounding, and how many of its digits hold: stochastic arithmetic.

The same descent is run a few more times beside it, rounded at random (`copies.py`). How far these
copies get from the run tells what rounding does to it. The estimate is that of CESTAC: for a number
x, and x_1 … x_N in the copies,

    s² = ((x_1 - x)² + … + (x_N - x)²) / N
    error = t s / sqrt(N)
    digits = log10(|x| / error) = log10(sqrt(N) |x| / (t s))

where t is the quantile of Student's distribution for an interval of 95 %. In CESTAC x is the mean
of the x_i and t has N - 1 degrees of freedom. Here x is the run itself, whose digits are shown: if
it went another way than all its copies, which agree, none of its digits hold. So t has N.

A position is one number, with Euclidean norms in place of absolute values. What is near 0 has
no digits in this sense, since rounding is larger than the number itself, and a minimum at 0 would
never be found to one. So a norm below sqrt(eps) of the largest on the path counts as that large:
it is how near the place of a minimum can be told by values of the function (Brent 1973). An end
that is 0 to within rounding so has some digits, half of all or more, and they say to how small a
part of the way it is 0.

Sources: Vignes, "A stochastic arithmetic for reliable scientific computation", 1993. To whole
programs CADNA (Jézéquel & Chesneaux, 2008) and Verrou (Févotte & Lathuilière, 2016) do it.
Deviations from a reference: Sohier et al., "Confidence intervals for stochastic arithmetic", 2021.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..types import Tree

COPIES = 8
QUANTILE = 2.306004135204166
"""Student's t of an interval of 95 % for as many degrees of freedom as there are copies; SciPy,
which computes it, takes longer to load than a race to run."""


def half_width(apart: Any) -> Any:
    """The error by how far all copies, on the first axis, are from the run; traced by JAX.

    It is infinite where a copy is not finite.
    """
    apart = jnp.where(jnp.isfinite(apart), jnp.abs(apart), jnp.inf)
    largest = apart.max(0)
    usual = (largest > 0) & (largest < jnp.inf)
    unit = jnp.where(usual, largest, 1)  # the squares of shares neither overflow nor vanish
    s = unit * jnp.sqrt(jnp.mean((apart / unit) ** 2, 0))
    return jnp.where(usual, s * (QUANTILE / COPIES**0.5), largest)


@dataclass(frozen=True, eq=False)
class Rounding:
    """What rounding does to a run.

    Attributes:
        found: what `copies.errors` found, which may still be on its way.
        path: the positions of the run, NaN after its end.
        last: the step at which it ended.
    """

    found: Any
    path: Tree
    last: int

    @functools.cached_property
    def position_error(self) -> Tree:
        """How far off each component may be, a tree of arrays like the path."""
        leaves, structure = jax.tree.flatten(self.path)
        ends = np.cumsum([leaf[0].size for leaf in leaves])
        columns = np.split(self._errors[:, :-1], ends[:-1], axis=1)
        own = [column.reshape(leaf.shape) for column, leaf in zip(columns, leaves, strict=True)]
        return jax.tree.unflatten(structure, own)

    @property
    def loss_error(self) -> np.ndarray:
        """How far off the loss may be, shape (steps + 1,)."""
        return self._errors[:, -1]

    @functools.cached_property
    def digits(self) -> np.ndarray:
        """How many decimal digits of each position hold, shape (steps + 1,)."""
        return digits_of(norms(rows_of(self.path)), norms(self._errors[:, :-1]), self._eps)

    @property
    def reproducible_to_step(self) -> int:
        """The last step before rounding takes the path elsewhere; where it never does, the last.

        At the next step fewer digits of the position hold than `enough`.
        """
        lost = np.flatnonzero(self.digits < enough(self._eps))
        return int(lost[0]) - 1 if lost.size else self.last

    @property
    def _eps(self) -> float:
        return max(float(jnp.finfo(a.dtype).eps) for a in jax.tree.leaves(self.path))

    @functools.cached_property
    def _errors(self) -> np.ndarray:
        found = np.array(self.found)
        found[self.last + 1 :] = np.nan
        return found


def enough(eps: float) -> int:
    """With how many digits a step counts as reproducible: 6 in float64, 3 in float32."""
    return round(-0.4 * np.log10(eps))


def digits_of(size: np.ndarray, error: np.ndarray, eps: float) -> np.ndarray:
    """How many decimal digits hold of numbers along a run: from 0 to all that there are.

    Args:
        size: their absolute values or norms, NaN or infinite where there is none.
        error: how far off each may be, of the same shape.
        eps: the distance from 1 to the next number.
    """
    known = np.isfinite(size)
    least = np.sqrt(eps) * size.max(where=known, initial=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        held = np.log10(np.maximum(size, least) / error)
    held = np.where(error == 0, np.inf, held)
    return np.where(known, np.clip(held, 0.0, -np.log10(eps)), np.nan)


def rows_of(path: Tree) -> np.ndarray:
    """A path as one row of components for each step, shape (steps + 1, size)."""
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(path)]
    rows = [leaf.reshape(len(leaf), -1) for leaf in leaves]
    return rows[0] if len(rows) == 1 else np.concatenate(rows, axis=1)


def norms(rows: np.ndarray) -> np.ndarray:
    """The Euclidean norm of each row."""
    with np.errstate(invalid="ignore"):
        # which does not overflow, as squares would
        return np.hypot.reduce(rows.astype(float), axis=1)

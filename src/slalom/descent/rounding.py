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
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import stdtrit

from ..types import Tree

COPIES, LEVEL = 8, 0.95


class Errors(NamedTuple):
    """How far off rounding may have brought a run, at each of its steps.

    Attributes:
        position: for each component, a tree like the positions of a path.
        loss: for the loss.
    """

    position: Tree
    loss: Any


def half_width(apart: Any) -> Any:
    """The error by how far the copies, on the first axis, are from the run; traced by JAX.

    It is infinite where a copy is not finite.
    """
    count = len(apart)
    apart = jnp.where(jnp.isfinite(apart), jnp.abs(apart), jnp.inf)
    largest = apart.max(0)
    usual = (largest > 0) & (largest < jnp.inf)
    unit = jnp.where(usual, largest, 1)  # the squares of shares neither overflow nor vanish
    s = unit * jnp.sqrt(jnp.mean((apart / unit) ** 2, 0))
    return jnp.where(usual, s * (stdtrit(count, (1 + LEVEL) / 2) / count**0.5), largest)


@dataclass(frozen=True, eq=False)
class Rounding:
    """What rounding does to a run.

    Attributes:
        found: the errors along the path; they may still be on their way.
        path: the positions of the run, NaN after its end.
        last: the step at which it ended.
    """

    found: Errors
    path: Tree
    last: int

    @functools.cached_property
    def position_error(self) -> Tree:
        """How far off each component may be, a tree of arrays like the path."""
        return jax.tree.map(self._up_to_the_end, self.found.position)

    @functools.cached_property
    def loss_error(self) -> np.ndarray:
        """How far off the loss may be, shape (steps + 1,)."""
        return self._up_to_the_end(self.found.loss)

    @functools.cached_property
    def digits(self) -> np.ndarray:
        """How many decimal digits of each position hold, shape (steps + 1,)."""
        return digits_of(norms(self.path), norms(self.position_error), self._eps)

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

    def _up_to_the_end(self, errors: Any) -> np.ndarray:
        found = np.array(errors)
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


def norms(path: Tree) -> np.ndarray:
    """Euclidean norms along a path, each of whose arrays has a step on its first axis."""
    leaves = [np.asarray(leaf, float) for leaf in jax.tree.leaves(path)]
    rows = np.concatenate([leaf.reshape(len(leaf), -1) for leaf in leaves], axis=1)
    with np.errstate(invalid="ignore"):
        return np.hypot.reduce(rows, axis=1)  # which does not overflow, as squares would

"""The spectral radius of a step on a quadratic: what theory says of a rule that is linear there."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import enable_x64
from jax.flatten_util import ravel_pytree

from ... import cache
from ...rules import Rule, Wrapper

LATE = 10**6  # the step at which bias corrections are over


def radii(swept: Rule, curvature: float, count: int) -> np.ndarray:
    """For each setting the spectral radius of one step, NaN where the rule is not linear.

    Taken along the direction of the largest curvature alone, as a linear rule acts on each
    eigenvector by itself.
    """
    if "key" in swept.needs or isinstance(swept, Wrapper):
        return np.full(count, np.nan)
    with enable_x64(True):
        cache.switch_on()
        leaves, tree = jax.tree.flatten(swept)
        arrays = [jnp.asarray(leaf, float) for leaf in leaves]
        axes = [0 if leaf.ndim else None for leaf in arrays]

        def derivative(shares: Sequence[float], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
            linear = functools.partial(_derivative, tree, curvature * np.array(shares), seed)
            matrices, rest = jax.jit(jax.vmap(linear, in_axes=(axes,)))(arrays)
            return np.asarray(matrices), np.asarray(rest)

        # in two directions, and at two places: a rule may be linear along each direction alone
        (here, rest), (there, _) = (derivative((1.0, 0.5), seed) for seed in (0, 1))
        close = functools.partial(np.allclose, rtol=1e-6, atol=1e-9)
        if not (np.isfinite(here).all() and close(here, there) and close(rest, 0.0)):
            return np.full(count, np.nan)
        return np.abs(np.linalg.eigvals(derivative((1.0,))[0])).max(-1)


def _derivative(tree: Any, curvatures: np.ndarray, seed: int, leaves: list[Any]) -> tuple[Any, Any]:
    """A late step on `sum(curvatures x²)/2` as a linear map of iterate and state.

    Returns:
        Its matrix, the derivative at a place drawn by the seed; and what the step there has
        beyond it, 0 where the rule is linear.
    """
    rule = jax.tree.unflatten(tree, leaves)
    x = jnp.ones_like(curvatures)
    flat, unravel = ravel_pytree((x, rule.begin(x)))

    def slope(x: Any) -> Any:
        return curvatures * x

    def height(x: Any) -> Any:
        return jnp.sum(curvatures * x * x) / 2

    def step(content: Any) -> Any:
        x, state = unravel(content)
        offers = {"grad": slope, "hvp": slope, "loss": height(x), "value": height}
        delta, state = rule.step(x, slope(x), state, LATE, **offers)
        return ravel_pytree((x + delta, state))[0]

    place = np.random.default_rng(seed).normal(size=flat.shape)
    matrix = jax.jacfwd(step)(place)
    return matrix, step(place) - matrix @ place

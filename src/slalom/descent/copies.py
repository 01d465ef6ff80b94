"""A run once more, several times over, each copy rounded at random.

In a copy every gradient, every loss that the rule asks for and every new position is multiplied by
1 + eps or 1 - eps, eps being the distance from 1 to the next number: one unit in the last place or
two. Draws of the rule and of the objective are the same in all copies, so that noise is no
rounding. The signs come from a hash of the bits of the number that is rounded, its place in the
array, the step, the copy and the seed, as in Verrou's mode `random_det`: a rule that asks for
several gradients in one step gets each of them rounded in its own way.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from . import loop
from .objective import Moment, Objective, Tree
from .rounding import COPIES, half_width

WORD = np.uint32
MIX = tuple(
    WORD(n) for n in (0x9E3779B9, 0x85EBCA6B, 0x7FEB352D, 0x632BE5AB, 0xC2B2AE35, 0x846CA68B)
)
"""Odd numbers: times one of them, the bits of a whole number spread upwards."""
KINDS = GRADIENT, LOSS, POSITION = range(3)


@jax.jit
def errors(
    rule: Any,
    objective: Objective,
    x: Tree,
    key: Any,
    seed: Any,
    position: Tree,
    loss: Any,
) -> Any:
    """How far rounding may have brought the path of `loop.one_path` off.

    Returns an array of shape (steps + 1, size + 1): for each component of the position, leaf by
    leaf, and in the last column for the loss.

    Args:
        rule: its leaves are scalars.
        objective: what it descended on.
        x: the start.
        key: of the draws, as that run had it, or None.
        seed: of the signs, uint32.
        position: the path, each array with steps + 1 entries on its first axis.
        loss: along the path.
    """
    steps = jnp.arange(1, len(loss), dtype=jnp.int32)

    def copy(number: Any) -> tuple[Tree, Any]:
        """How far one copy is from the path at each step, and its losses from those there."""
        run = loop.parts(rule, Perturbed(objective, seed, number), key, lambda f: f)

        def seen(carry: loop.Carry) -> tuple[Tree, Any]:
            point = run.point(carry)
            return point, objective.value(point)

        def body(carry: loop.Carry, t: Any) -> tuple[loop.Carry, tuple[Tree, Any]]:
            now = seen(carry)  # before the step, whose gradient is of the same point
            carry, _ = run.step(carry, t)
            return carry._replace(x=perturbed(carry.x, seed, number, t, POSITION)), now

        carry, rows = jax.lax.scan(body, run.begin(x), steps)
        ways = jax.tree.map(lambda a, b: jnp.concatenate([a, b[None]]), rows, seen(carry))
        return jax.tree.map(jnp.subtract, ways, (position, loss))

    # mapped as a whole: the copies on the first axis, which is faster than on the last
    apart = jax.vmap(copy)(jnp.arange(COPIES, dtype=WORD))
    rows = [leaf.reshape(*leaf.shape[:2], -1) for leaf in jax.tree.leaves(apart)]
    return half_width(jnp.concatenate(rows, axis=-1))


@functools.partial(
    jax.tree_util.register_dataclass, data_fields=("exact", "seed", "copy"), meta_fields=()
)
@dataclass(frozen=True)
class Perturbed:
    """An objective whose gradients and losses are off by rounding where a rule asks for them.

    Attributes:
        exact: the objective itself.
        seed: of the signs.
        copy: the number of the copy.
    """

    exact: Objective
    seed: Any
    copy: Any

    @property
    def stochastic(self) -> bool:
        """Whether gradients are drawn."""
        return self.exact.stochastic

    @property
    def has_loss(self) -> bool:
        """Whether there is a loss."""
        return self.exact.has_loss

    def value(self, x: Tree) -> Any:
        """The loss at `x`, as it is."""
        return self.exact.value(x)

    def value_and_gradient(self, x: Tree) -> tuple[Any, Tree]:
        """The loss and its gradient at `x`, as they are."""
        return self.exact.value_and_gradient(x)

    def gradient(self, point: Tree, moment: Moment) -> Tree:
        """The gradient that a rule gets that asks at `point`."""
        found = self.exact.gradient(point, moment)
        return perturbed(found, self.seed, self.copy, moment.t, GRADIENT)

    def loss(self, point: Tree, moment: Moment) -> Any:
        """The loss that a rule gets that asks at `point`."""
        found = self.exact.loss(point, moment)
        return perturbed(found, self.seed, self.copy, moment.t, LOSS)

    def defined(self, x: Tree) -> Any:
        """Whether the objective is defined at `x`."""
        return self.exact.defined(x)


def perturbed(tree: Tree, seed: Any, copy: Any, t: Any, kind: int) -> Tree:
    """A tree with each number times 1 + eps or 1 - eps, at random."""
    leaves, structure = jax.tree.flatten(tree)
    moment = t.astype(WORD) * MIX[0] ^ copy * MIX[1] ^ seed * MIX[2]
    found = []
    for number, leaf in enumerate(leaves):
        salt = moment + MIX[3] * jnp.asarray(len(KINDS) * number + kind, WORD)
        found.append(leaf * _factor(leaf, salt))
    return jax.tree.unflatten(structure, found)


def _factor(a: Any, salt: Any) -> Any:
    """For each number of an array 1 ± eps, by a hash of the salt, its place and its bits."""
    bits = jax.lax.stop_gradient(a)
    if a.dtype == jnp.float64:
        bits = jax.lax.bitcast_convert_type(bits, jnp.uint64)  # the last 32 of them are used
    else:
        bits = jax.lax.bitcast_convert_type(bits.astype(jnp.float32), WORD)
    places = jnp.arange(a.size, dtype=WORD).reshape(a.shape) * MIX[4]
    drawn = ((bits.astype(WORD) ^ salt) + places) * MIX[5]
    drawn = (drawn ^ (drawn >> 15)) * MIX[0]
    eps = jnp.finfo(a.dtype).eps
    return jnp.where(drawn >> 31 == 0, 1 + eps, 1 - eps).astype(a.dtype)

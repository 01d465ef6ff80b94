"""Where many runs end, and since when they were there: two compiled calls for a block."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from .loop import Carry, Parts, parts_over_starts
from .objective import Objective


class Block(NamedTuple):
    """A block of runs.

    Attributes:
        rule: its leaves are scalars.
        goal: what all of them descend on, of one array.
        x: the starts, shape (dim, starts).
        key: the seed's key, or None.
        numbers: the starts' numbers, which make each start's draws its own.
    """

    rule: Any
    goal: Objective
    x: Any
    key: Any
    numbers: Any


@functools.partial(jax.jit, static_argnames="steps")
def ends(block: Block, *, steps: int) -> tuple[Any, Any]:
    """The position at the end, shape (dim, starts), and the loss there."""
    run = _parts(block)
    carry = jax.lax.fori_loop(1, steps + 1, lambda t, c: run.step(c, t)[0], run.begin(block.x))
    position = run.point(carry)
    return position, run.judge(position).loss


@functools.partial(jax.jit, static_argnames="steps")
def since(block: Block, place: Any, radius: Any, *, steps: int) -> Any:
    """From which step on each run stayed within `radius` of its place, shape (dim, starts).

    `steps + 1` where it is outside at the end.
    """
    run = _parts(block)

    def outside(carry: Carry) -> Any:
        # coordinate by coordinate: a reduction would not fuse with the step
        away = [(p - q) ** 2 for p, q in zip(run.point(carry), place, strict=True)]
        return ~(sum(away[1:], away[0]) <= radius**2)  # NaN is outside

    def body(t: Any, state: tuple[Carry, Any]) -> tuple[Carry, Any]:
        carry, last = state
        carry = run.step(carry, t)[0]
        return carry, jnp.where(outside(carry), t, last)

    carry = run.begin(block.x)
    last = jnp.where(outside(carry), 0, -1)
    return jax.lax.fori_loop(1, steps + 1, body, (carry, last))[1] + 1


def _parts(block: Block) -> Parts:
    varying = (False,) * len(jax.tree.leaves(block.rule))
    return parts_over_starts(block.rule, block.goal, block.key, block.numbers, varying)

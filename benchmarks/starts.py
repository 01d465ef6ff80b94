"""A million starts × 125 steps of Adam, against the bare loop written by hand in JAX."""

from __future__ import annotations

import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax import enable_x64

import slalom
from slalom.descent.many import BLOCK

from .table import Row, seconds

STARTS, STEPS, LR = 1_000_000, 125, 0.25


@jax.jit
def bare(p: jax.Array) -> jax.Array:
    """Adam on a block of starts, shape (2, n), and nothing else."""
    slope = jax.vmap(jax.grad(slalom.landscapes.hills_and_canyon.value), in_axes=-1, out_axes=-1)

    def body(t, carry):
        p, m, v = carry
        g = slope(p)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        step = LR * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
        return p - step, m, v

    return jax.lax.fori_loop(1, STEPS + 1, body, (p, jnp.zeros_like(p), jnp.zeros_like(p)))[0]


def by_hand(starts: np.ndarray) -> np.ndarray:
    with enable_x64(True):
        blocks = [starts[i : i + BLOCK].T.copy() for i in range(0, len(starts), BLOCK)]
        return np.concatenate([np.asarray(bare(block)).T for block in blocks])


def with_slalom(starts: np.ndarray) -> np.ndarray:
    run = slalom.descend(
        slalom.Adam(lr=LR),
        slalom.landscapes.hills_and_canyon,
        starts=starts,
        steps=STEPS,
        path=False,
    )
    assert len(run.outcome) == len(starts)
    return run.position


def rows(pairs: int = 5) -> list[Row]:
    starts = np.random.default_rng(0).uniform(-3, 3, (STARTS, 2))
    np.testing.assert_allclose(with_slalom(starts[:BLOCK]), by_hand(starts[:BLOCK]), rtol=1e-6)
    ours, theirs = [], []
    for _ in range(pairs):  # in turns, so that both meet the same moods of the machine
        for call, taken in ((with_slalom, ours), (by_hand, theirs)):
            begin = time.perf_counter()
            call(starts)
            taken.append(time.perf_counter() - begin)
    mine, peer = statistics.median(ours), statistics.median(theirs)
    speed = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    what = "a million starts × 125 steps, path not kept, outcomes known"
    told, wanted = f"{speed:.2f} of its speed", "at least 0.95"
    against = "the bare loop by hand in JAX, same blocks"
    return [Row(what, seconds(mine), against, seconds(peer), told, wanted, speed >= 0.95)]

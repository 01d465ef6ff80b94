"""A jitted step of Adam through Optax's interface: Slalom's rule against `optax.adam`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

import slalom.optax

from .table import Row, seconds

ELEMENTS, TENSORS, PAIRS, TARGET = 10_000_000, 200, 5, 1.1


def one_tensor() -> list[jax.Array]:
    return [jnp.ones(ELEMENTS, jnp.float32)]


def many_tensors() -> list[jax.Array]:
    """Weights and biases of mixed sizes, about 7 million numbers in all."""
    sizes = [(64,), (64, 64), (256,), (256, 256), (512, 128)]
    return [jnp.ones(sizes[i % len(sizes)], jnp.float32) for i in range(TENSORS)]


def stepping(tx: optax.GradientTransformation, params: Any, steps: int) -> Callable[[], None]:
    """So many steps in place, each waiting for the one before."""

    def step(params: Any, state: Any, grads: Any) -> Any:
        updates, state = tx.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    compiled = jax.jit(step, donate_argnums=(0, 1))
    grads = jax.tree.map(lambda p: 0.1 * p, params)
    held = [jax.tree.map(jnp.copy, params), tx.init(params)]

    def run() -> None:
        for _ in range(steps):
            held[:] = compiled(*held, grads)
        jax.block_until_ready(held)

    return run


def paired(ours: Callable[[], None], theirs: Callable[[], None]) -> tuple[float, float, float]:
    """Median times of both and the median of the pairs' ratios, in turns."""
    ours(), theirs()
    pairs = [(_taken(ours), _taken(theirs)) for _ in range(PAIRS)]
    ratio = statistics.median(a / b for a, b in pairs)
    return *(statistics.median(column) for column in zip(*pairs, strict=True)), ratio


def _taken(run: Callable[[], None]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def rows() -> list[Row]:
    cases = {
        "`slalom.optax` Adam, jitted, 10 million float32": (one_tensor(), 10),
        "`slalom.optax` Adam, jitted, a model of 200 tensors": (many_tensors(), 20),
    }
    found = []
    for what, (params, steps) in cases.items():
        ours = stepping(slalom.optax.transformation("adam(lr=1e-3)"), params, steps)
        theirs = stepping(optax.adam(1e-3), params, steps)
        mine, peer, ratio = paired(ours, theirs)
        found.append(
            Row(
                what,
                seconds(mine / steps),
                "`optax.adam`, jitted",
                seconds(peer / steps),
                f"{ratio:.2f} times its time",
                f"at most {TARGET} times",
                ratio <= TARGET,
            )
        )
    return found

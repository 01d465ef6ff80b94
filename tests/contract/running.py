"""Running one rule through a sequence of gradients, eagerly and under JAX."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import slalom.jax  # noqa: F401 (makes rules pytrees)

STEPS = 300
SHAPE = (3,)


class Given(NamedTuple):
    """A source of draws that gives what it was made with, in any array library."""

    level: float

    def split(self):
        return self, Given(-self.level)

    def normal(self, like):
        return like * 0 + self.level


def gradients(steps=STEPS, shape=SHAPE, seed=0):
    """A sequence of ordinary gradients: a drift and noise."""
    return np.random.default_rng(seed).normal(0.3, 1.0, size=(steps, *shape))


def start(shape=SHAPE, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


def step(rule, g, state, x, t):
    """One step; a soft spring makes the gradient depend on the probes."""
    for weight, point in rule.probes(x, state, t):
        g = g + weight * (0.01 * point)
    extra = {"key": Given(0.7)} if "key" in rule.needs else {}
    return rule.update(g, state, x, t, **extra)


def follow(rule, x, gs, state=None):
    """Yields (delta, state, x) of each step, with t a Python int."""
    state = rule.init(x) if state is None else state
    for t, g in enumerate(gs, start=1):
        delta, state = step(rule, g, state, x, t)
        x = x + delta
        yield delta, state, x


def path(rule, x, gs):
    """The iterates after each step, with t a Python int, as one NumPy array."""
    return np.stack([np.asarray(x) for _, _, x in follow(rule, x, gs)])


def scan(rule, x, gs):
    """What `path` gives, to be traced by JAX: t is traced too."""

    def body(carry, t_and_g):
        x, state = carry
        t, g = t_and_g
        delta, state = step(rule, g, state, x, t)
        return (x + delta, state), x + delta

    ts = jnp.arange(1, len(gs) + 1, dtype=jnp.int32)
    return jax.lax.scan(body, (x, rule.init(x)), (ts, gs))[1]


FAST_COMPILE = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
compiled = jax.jit(scan, compiler_options=FAST_COMPILE)


def leaves_as(rule, dtype):
    """The rule with every number an array without dimensions."""
    return jax.tree.map(lambda v: np.asarray(v, dtype), rule)

"""Running one rule through a sequence of gradients, eagerly and under JAX."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import slalom.jax  # noqa: F401 (makes rules pytrees)
from slalom.rules import stepping
from slalom.rules.leaves import Leaves, dot
from slalom.rules.state import of_one

STEPS = 300
SHAPE = (3,)
SPRING = 0.01


class Given(NamedTuple):
    """A source of draws that gives what it was made with, in any array library."""

    level: float

    def split(self):
        return self, Given(-self.level)

    def normal(self, like):
        return like * 0 + self.level

    def signs(self, like):
        return like * 0 + math.copysign(1.0, self.level)


def gradients(steps=STEPS, shape=SHAPE, seed=0):
    """A sequence of ordinary gradients: a drift and noise."""
    return np.random.default_rng(seed).normal(0.3, 1.0, size=(steps, *shape))


def start(shape=SHAPE, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


DRAWS = Given(0.7)


def offers(g, x, key=DRAWS):
    """All that a loop can offer on g·x + SPRING/2 |x|²: the spring shows where a rule asks."""

    def grad(point):
        return g + SPRING * point

    def value(point):
        return dot(g, point) + SPRING / 2 * dot(point, point)

    return {
        "grad": grad,
        "value": value,
        "loss": value(x),
        "hvp": lambda u: SPRING * u,
        "key": key,
    }


def step(rule, g, state, x, t, key=DRAWS):
    """One step on Leaves."""
    given = offers(g, x, key)
    loss = given.pop("loss")
    asked = stepping.Offers(g=lambda: given["grad"](x), loss=lambda: loss, **given)
    return stepping.step(rule, state, x, t, asked)


def follow(rule, x, gs):
    """Yields (delta, state, x) of each step, with t a Python int."""
    x = Leaves([x])
    state = stepping.begin(rule, x)
    for t, g in enumerate(gs, start=1):
        delta, state = step(rule, Leaves([g]), state, x, t)
        x = x + delta
        yield delta[0], of_one(state), x[0]


def path(rule, x, gs):
    """The iterates after each step, with t a Python int, as one NumPy array."""
    return np.stack([np.asarray(x) for _, _, x in follow(rule, x, gs)])


def scan(rule, x, gs):
    """What `path` gives, to be traced by JAX: t is traced too."""

    def body(carry, t_and_g):
        x, state = carry
        t, g = t_and_g
        delta, state = step(rule, Leaves([g]), state, x, t)
        return (x + delta, state), (x + delta)[0]

    ts = jnp.arange(1, len(gs) + 1, dtype=jnp.int32)
    begun = Leaves([x])
    return jax.lax.scan(body, (begun, stepping.begin(rule, begun)), (ts, gs))[1]


FAST_COMPILE = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
compiled = jax.jit(scan, compiler_options=FAST_COMPILE)


def leaves_as(rule, dtype):
    """The rule with every number an array without dimensions."""
    return jax.tree.map(lambda v: np.asarray(v, dtype), rule)

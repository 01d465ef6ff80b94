"""Following a rule on one of the problems by `stepping`, in NumPy and in a scan of JAX."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import slalom.jax  # noqa: F401 (makes rules and Leaves pytrees)
from slalom.rules import stepping
from slalom.rules.leaves import Leaves
from slalom.rules.rule import Leaf
from slalom.rules.stepping import Offers

STEPS = 100
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


@dataclass(frozen=True)
class FixedSigns:
    """Draws of ±1 by a formula of the step and of the leaf's number, in place of random ones."""

    t: Any
    leaf: int = 0
    xp: Any = np

    def split(self):
        return self, FixedSigns(self.t, self.leaf + 1, self.xp)

    def signs(self, like):
        j = np.arange(np.prod(np.shape(like), dtype=int)).reshape(np.shape(like))
        return self.xp.sign(self.xp.sin(2.1 * self.t + 1.7 * j + self.leaf))


def offers(problem, xs, t, xp=np, outputs=0):
    """What the problem tells a rule at step t."""
    leaf = [Leaf("", np.shape(x), outputs=outputs) for x in problem.start]
    return Offers(
        g=lambda: Leaves(problem.gradient(list(xs), t, xp)),
        grad=lambda at: Leaves(problem.gradient(list(at), t, xp)),
        loss=lambda: problem.loss(list(xs), t, xp),
        value=lambda at: problem.loss(list(at), t, xp),
        hvp=lambda u: Leaves(problem.hessian(list(u))),
        key=FixedSigns(t, xp=xp),
        leaf=leaf,
    )


def path(rule, problem, steps=STEPS, outputs=0):
    """The iterates and the points to judge after each step in NumPy, lists of lists of arrays."""
    xs, places, points = Leaves(problem.start), [], []
    leaf = offers(problem, xs, 1, outputs=outputs).leaf
    state = stepping.begin(rule, xs, leaf)
    for t in range(1, steps + 1):
        told = offers(problem, xs, t, outputs=outputs)
        delta, state = stepping.step(rule, state, xs, t, told)
        xs = xs + delta
        places.append(list(xs))
        points.append(list(stepping.judged(rule, state, xs, leaf)))
    return places, points


def scan(rule, start, problem, steps=STEPS, outputs=0):
    """What `path` gives, stacked along the steps, to be traced by JAX: t is traced too."""
    leaf = offers(problem, start, 1, jnp, outputs).leaf

    def body(carry, t):
        xs, state = carry
        delta, state = stepping.step(rule, state, xs, t, offers(problem, xs, t, jnp, outputs))
        xs = xs + delta
        return (xs, state), (list(xs), list(stepping.judged(rule, state, xs, leaf)))

    xs = Leaves(start)
    state = stepping.begin(rule, xs, leaf)
    return jax.lax.scan(body, (xs, state), jnp.arange(1, steps + 1, dtype=jnp.int32))[1]


def traced(rule, problem, steps=STEPS, outputs=0):
    """What `path` gives, by a compiled scan, with arrays stacked along the steps."""
    numbers = jax.tree.map(np.float64, rule)

    def run(rule, start):
        return scan(rule, start, problem, steps, outputs)

    with jax.enable_x64(True):
        found = jax.jit(run, compiler_options=QUICK)(numbers, list(map(jnp.asarray, problem.start)))
        return jax.tree.map(np.asarray, found)


def off(found, expected):
    """The largest `|found - expected| / max(1, |expected|)` over lists of arrays."""
    pairs = zip(found, expected, strict=True)
    return max(float(np.max(np.abs(a - b) / np.maximum(1, np.abs(b)))) for a, b in pairs)

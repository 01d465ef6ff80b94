"""Following a rule on one of the problems by `stepping`, in NumPy and in a scan of JAX."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

import slalom.jax  # noqa: F401 (makes rules and Leaves pytrees)
from slalom.rules import stepping
from slalom.rules.leaves import Leaves
from slalom.rules.rule import Leaf
from slalom.rules.stepping import Offers

STEPS = 100
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


@dataclass(frozen=True)
class FixedDraws:
    """Draws by a formula of the step and of the leaf's number, in place of random ones."""

    t: Any
    leaf: int = 0
    xp: Any = np

    def split(self):
        return self, FixedDraws(self.t, self.leaf + 1, self.xp)

    def signs(self, like):
        j = np.arange(np.prod(np.shape(like), dtype=int)).reshape(np.shape(like))
        return _like(self.xp.sign(self.xp.sin(2.1 * self.t + 1.7 * j + self.leaf)), like)

    def normal(self, like):
        j = np.arange(np.prod(np.shape(like), dtype=int)).reshape(np.shape(like))
        return _like(1.5 * self.xp.sin(1.9 * self.t + 2.3 * j), like)


def _like(drawn, like):
    return torch.tensor(drawn) if isinstance(like, torch.Tensor) else drawn.astype(like.dtype)


def offers(problem, xs, t, xp=np, outputs=0):
    """What the problem tells a rule at step t."""
    leaf = [Leaf("", np.shape(x), outputs=outputs) for x in problem.start]
    return Offers(
        g=lambda: Leaves(problem.gradient(list(xs), t, xp)),
        grad=lambda at: Leaves(problem.gradient(list(at), t, xp)),
        loss=lambda: problem.loss(list(xs), t, xp),
        value=lambda at: problem.loss(list(at), t, xp),
        hvp=lambda u: Leaves(problem.hessian(list(u))),
        key=FixedDraws(t, xp=xp),
        leaf=leaf,
    )


def path(rule, problem, steps=STEPS, outputs=0):
    """The iterates and the points to judge after each step in NumPy, lists of lists of arrays."""
    return _followed(rule, problem, steps, outputs, np.array, lambda problem: problem)


def with_torch(rule, problem, steps=STEPS, outputs=0):
    """What `path` gives, with PyTorch's tensors."""
    places, points = _followed(rule, problem, steps, outputs, torch.tensor, InTorch)
    return [[[x.numpy() for x in xs] for xs in found] for found in (places, points)]


def _followed(rule, problem, steps, outputs, array, told_in):
    xs, places, points = Leaves(map(array, problem.start)), [], []
    problem = told_in(problem)
    leaf = offers(problem, xs, 1, outputs=outputs).leaf
    state = stepping.begin(rule, xs, leaf)
    for t in range(1, steps + 1):
        told = offers(problem, xs, t, outputs=outputs)
        delta, state = stepping.step(rule, state, xs, t, told)
        xs = xs + delta
        places.append(list(xs))
        points.append(list(stepping.judged(rule, state, xs, leaf)))
    return places, points


@dataclass(frozen=True)
class InTorch:
    """A problem whose gradients, losses and products are tensors, computed by NumPy."""

    problem: Any

    @property
    def start(self):
        return self.problem.start

    def gradient(self, xs, t, xp):
        return [torch.tensor(g) for g in self.problem.gradient([x.numpy() for x in xs], t)]

    def loss(self, xs, t, xp):
        return torch.tensor(self.problem.loss([x.numpy() for x in xs], t))

    def hessian(self, us):
        return [torch.tensor(h) for h in self.problem.hessian([np.asarray(u) for u in us])]


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


compiled = jax.jit(scan, static_argnames=("problem", "steps", "outputs"), compiler_options=QUICK)


def traced(rule, problem, steps=STEPS, outputs=0):
    """What `path` gives, by a compiled scan, with arrays stacked along the steps."""
    numbers = jax.tree.map(np.float64, rule)
    with jax.enable_x64(True):
        found = compiled(numbers, problem.start, problem, steps, outputs)
        return jax.tree.map(np.asarray, found)


def off(found, expected):
    """The largest `|found - expected| / max(1, |expected|)` over lists of arrays."""
    pairs = zip(found, expected, strict=True)
    return max(float(np.max(np.abs(a - b) / np.maximum(1, np.abs(b)))) for a, b in pairs)

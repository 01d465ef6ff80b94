"""Training a small tree of parameters by any Optax optimizer, in float64."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax import enable_x64

STEPS = 100
FAST_COMPILE = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


@pytest.fixture
def float64():
    with enable_x64(True):
        yield


def parameters():
    draw = np.random.default_rng(0).normal
    return {"w": jnp.asarray(draw(size=(3, 2))), "b": jnp.asarray(draw(size=2)), "none": None}


def loss(params, target):
    """Neither linear nor separable, and bounded in curvature."""
    z = jnp.tanh(target @ params["w"]) + params["b"]
    return jnp.sum(jnp.cos(z)) + 0.1 * jnp.sum(params["w"] ** 2) + jnp.sum((params["b"] - 1) ** 2)


def targets(steps=STEPS):
    return jnp.asarray(np.random.default_rng(1).normal(size=(steps, 4, 3)))


@functools.cache
def compiled(tx):
    """All steps of one transformation."""
    tx = optax.with_extra_args_support(tx)

    def body(carry, batch):
        params, state = carry
        value, grads = jax.value_and_grad(loss)(params, batch)
        updates, state = tx.update(grads, state, params, value=value)
        params = optax.apply_updates(params, updates)
        return (params, state), params

    @functools.partial(jax.jit, compiler_options=FAST_COMPILE)
    def run(params, state, batches):
        return jax.lax.scan(body, (params, state), batches)

    return run


def follow(tx, params=None, state=None, batches=None):
    """Parameters after each step, and the last state."""
    params = parameters() if params is None else params
    state = tx.init(params) if state is None else state
    batches = targets() if batches is None else batches
    (_, state), path = compiled(tx)(params, state, batches)
    return path, state


def assert_same(found, expected, scale=1e-12):
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=scale * np.max(np.abs(b)))


def last(path):
    return jax.tree.map(lambda leaf: leaf[-1], path)

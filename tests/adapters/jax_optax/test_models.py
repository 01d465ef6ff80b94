"""Networks on scikit-learn's digits train as with Optax's own optimizer, in float64."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from jax import enable_x64
from sklearn.datasets import load_digits

from slalom.optax import transformation

from .following import assert_same

STEPS = 300


def digits(batches):
    images, labels = load_digits(return_X_y=True)
    chosen = np.random.default_rng(0).integers(len(images), size=(batches, 32))
    return jnp.asarray(images[chosen] / 16), jnp.asarray(labels[chosen])


def cross_entropy(logits, labels):
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def train_equinox(tx, steps=STEPS):
    """Losses of a network with a hidden layer, and its parameters at the end."""
    with enable_x64(True):
        model = eqx.nn.MLP(64, 10, 32, 1, activation=jax.nn.tanh, key=jax.random.key(0))
        params, static = eqx.partition(model, eqx.is_inexact_array)

        def loss(params, batch):
            images, labels = batch
            return cross_entropy(jax.vmap(eqx.combine(params, static))(images), labels)

        def step(carry, batch):
            params, state = carry
            value, grads = jax.value_and_grad(loss)(params, batch)
            updates, state = tx.update(grads, state, params)
            return (eqx.apply_updates(params, updates), state), value

        @jax.jit
        def run(params, batches):
            return jax.lax.scan(step, (params, tx.init(params)), batches)

        (params, _), losses = run(params, digits(steps))
        return jax.tree.map(np.asarray, (losses, params))


@pytest.mark.parametrize(
    ("text", "theirs"),
    [
        ("adam(lr=0.01)", optax.adam(0.01)),
        (
            "clip_norm(1) | weight_decay(0.01, decoupled=true) | adam(lr=0.01)",
            optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(0.01, weight_decay=0.01)),
        ),
    ],
)
def test_an_equinox_model(text, theirs):
    (losses, params), (expected, peers) = (
        train_equinox(tx) for tx in (transformation(text), theirs)
    )
    assert losses[-20:].mean() < 0.2 * losses[0], "it learns"
    np.testing.assert_allclose(losses, expected, rtol=1e-10)
    assert_same(params, peers, 1e-10)


def train_nnx(tx, steps):
    model = nnx.Sequential(nnx.Linear(64, 16, rngs=nnx.Rngs(0)), nnx.tanh)
    optimizer = nnx.Optimizer(model, tx, wrt=nnx.Param)

    @functools.partial(nnx.jit, donate_argnums=())
    def step(model, optimizer, images, labels):
        def loss(model):
            return cross_entropy(model(images), labels)

        optimizer.update(model, nnx.grad(loss)(model))

    for images, labels in zip(*digits(steps), strict=True):
        step(model, optimizer, images, labels)
    return optimizer, nnx.state(model, nnx.Param)


def test_a_flax_model():
    """Through `nnx.Optimizer`, in the float32 that Flax begins with: 5 steps' rounding."""
    optimizer, params = train_nnx(transformation("adam(lr=0.01)"), 5)
    _, expected = train_nnx(optax.adam(0.01), 5)
    assert_same(params, expected, 5 * np.finfo(np.float32).eps)
    assert optimizer.opt_state.count.get_value() == 5

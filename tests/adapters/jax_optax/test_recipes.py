"""Recipes by the paths of a tree, against one transformation for each number."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from slalom.errors import SlalomError
from slalom.optax import evaluate, injected, transformation

SHAPES = {
    "embed": {"embedding": (5, 4)},
    "blocks_0": {"Dense_0": {"kernel": (4, 4), "bias": (4,)}, "LayerNorm_0": {"scale": (4,)}},
    "blocks_1": {"Dense_0": {"kernel": (4, 4), "bias": (4,)}, "LayerNorm_0": {"scale": (4,)}},
    "head": {"kernel": (4, 3), "bias": (3,)},
}
PARAMS = jax.tree.map(
    lambda shape: jnp.linspace(-1, 1, int(np.prod(shape))).reshape(shape),
    SHAPES,
    is_leaf=lambda one: isinstance(one, tuple),
)
GRADIENTS = jax.tree.map(lambda x: jnp.cos(3 * x), PARAMS)
BASE = "adamw(0.1, weight_decay=0.5)"


def steps(tx, gradients=GRADIENTS, count=2):
    x, state = PARAMS, tx.init(PARAMS)
    for _ in range(count):
        updates, state = tx.update(gradients, state, x)
        x = jax.tree.map(
            lambda u, x: x if u is None else x + u, updates, x, is_leaf=lambda u: u is None
        )
    return x


def by_label(labels, rules):
    """Optax's own partition, whose labels go by the path."""
    tree = jax.tree_util.tree_map_with_path(
        lambda path, _: labels(".".join(str(key.key) for key in path)), PARAMS
    )
    return optax.multi_transform({k: transformation(v) for k, v in rules.items()}, tree)


def assert_same(found, expected):
    jax.tree.map(np.testing.assert_array_equal, found, expected)


def test_no_decay_and_rates_by_layer():
    labels = by_label(
        lambda name: "bare" if name.endswith(("bias", "scale")) else "base",
        {"bare": "adam(0.1)", "base": BASE},
    )
    assert_same(steps(transformation(f'no_decay("bias", "norm") | {BASE}')), steps(labels))
    rates = {"embed": 0.0125, "blocks_0": 0.025, "blocks_1": 0.05, "head": 0.1}
    labels = by_label(lambda name: name.split(".")[0], {k: f"adam({v})" for k, v in rates.items()})
    assert_same(steps(transformation("layer_decay(0.5) | adam(0.1)")), steps(labels))


def test_frozen_leaves_have_steps_of_0_and_no_state():
    tx = transformation('frozen("blocks_0.*") | partition(matrices=muon(0.1), rest=adam(0.1))')
    state = tx.init(PARAMS)
    updates, state = jax.jit(tx.update)(GRADIENTS, state, PARAMS)
    assert not any(np.any(u) for u in jax.tree.leaves(updates["blocks_0"]))
    assert all(np.any(u) for name in ("blocks_1", "head") for u in jax.tree.leaves(updates[name]))
    assert jax.tree.leaves(state.states["rest"].m["blocks_0"]) == []
    assert jax.tree.leaves(state.states["matrices"].b) != []
    kept = evaluate(
        'frozen("head.*") | average(0.5) | sgd',
        PARAMS,
        transformation('frozen("head.*") | average(0.5) | sgd').init(PARAMS),
    )
    assert_same(kept["head"], PARAMS["head"])


def test_a_leaf_without_a_gradient_is_counted_as_a_layer():
    gradients = {**GRADIENTS, "blocks_1": jax.tree.map(lambda _: None, PARAMS["blocks_1"])}
    tx = transformation('layer_decay(0.5) | frozen("head.*") | adam(0.1)')
    x = steps(tx, gradients, 1)
    assert_same(x["blocks_1"], PARAMS["blocks_1"])
    assert_same(x["head"], PARAMS["head"])
    alone = steps(transformation("adam(0.0125)"), count=1)
    assert_same(x["embed"], alone["embed"])


def test_numbers_that_are_changed_in_the_state():
    tx = injected('rate_factor("head", factor=10) | adam(0.01)')
    state = tx.init(PARAMS)
    assert float(state.hyperparams["factor"]) == 10
    state.hyperparams["lr"] = jnp.asarray(0.02)
    updates, _ = jax.jit(tx.update)(GRADIENTS, state, PARAMS)
    for name, leaf, lr in (("head", "bias", 0.2), ("embed", "embedding", 0.02)):
        tx = transformation(f"adam({lr})")
        expected, _ = tx.update(GRADIENTS, tx.init(PARAMS))
        # decays that are traced have the precision of float32
        np.testing.assert_allclose(updates[name][leaf], expected[name][leaf], rtol=2e-5)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('no_decay("nrom") | adamw', r"'nrom' matches no parameter; did you mean norm\?"),
        (
            'frozen("encoder.*") | adam',
            "matches no parameter; the names begin with blocks_0.D",
        ),
        (
            'frozen("blocks*") | partition(matrices=muon, rest=adam)',
            "partition: muon is for matrices, and no parameter is one",
        ),
        ("layer_decay | adafactor", "has no learning rate to multiply"),
    ],
)
def test_refusals(rule, message):
    with pytest.raises(SlalomError, match=message):
        transformation(rule).init(PARAMS)

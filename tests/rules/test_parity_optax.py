"""The documented settings give Optax's paths, in float64."""

import jax
import numpy as np
import optax
import pytest
from jax import enable_x64

from slalom.rules import parse

from .sequences import SEQUENCES, assert_same, path

PAIRS = {
    "sgd(lr=0.1)": optax.sgd(0.1),
    "sgd(lr=0.1, momentum=0.9)": optax.sgd(0.1, momentum=0.9),
    "sgd(lr=0.1, momentum=0.9, nesterov=true)": optax.sgd(0.1, momentum=0.9, nesterov=True),
    "momentum(lr=0.1, ema=true)": optax.chain(optax.ema(0.9, debias=False), optax.scale(-0.1)),
    "momentum(lr=0.1, ema=true, debias=true)": optax.chain(optax.ema(0.9), optax.scale(-0.1)),
    "adam": optax.adam(1e-3),
    "adam(lr=0.1, beta1=0.8, beta2=0.95, eps=1e-3)": optax.adam(0.1, 0.8, 0.95, 1e-3),
    "adam(lr=0.1, eps=1e-3, eps_inside=true)": optax.adam(0.1, eps=0.0, eps_root=1e-3),
    "adam(lr=0.1, beta2=0.9, amsgrad=corrected)": optax.amsgrad(0.1, b2=0.9),
    "adam(lr=0.1, beta2=0.9, amsgrad=corrected, eps=1e-3)": optax.amsgrad(0.1, b2=0.9, eps=1e-3),
    "adamw(weight_decay=1e-4)": optax.adamw(1e-3),
    "adamax": optax.adamax(2e-3),
    "adamax(lr=0.1, beta1=0.8, beta2=0.9, eps=1e-3)": optax.adamax(0.1, 0.8, 0.9, 1e-3),
    "nadam(lr=0.1, momentum_decay=inf)": optax.nadam(0.1),
    "nadam(lr=0.1, beta1=0.8, beta2=0.95, eps=1e-3, momentum_decay=inf)": optax.nadam(
        0.1, 0.8, 0.95, 1e-3
    ),
    "rmsprop": optax.rmsprop(1e-3),
    "rmsprop(eps=1e-3, eps_inside=false)": optax.rmsprop(1e-3, eps=1e-3, eps_in_sqrt=False),
    "rmsprop(initial_accumulator_value=1)": optax.rmsprop(1e-3, initial_scale=1.0),
    "rmsprop(momentum=0.9)": optax.rmsprop(1e-3, momentum=0.9),
    "rmsprop(momentum=0.9, nesterov=true)": optax.rmsprop(1e-3, momentum=0.9, nesterov=True),
    "rmsprop(centered=true, eps=1e-3)": optax.rmsprop(1e-3, centered=True, eps=1e-3),
    "rmsprop(debias=true, eps=1e-3)": optax.rmsprop(1e-3, bias_correction=True, eps=1e-3),
    "adagrad(lr=0.1, eps=1e-7, initial_accumulator_value=0.1)": optax.adagrad(0.1),
    "adagrad(lr=0.1, eps=1e-3)": optax.adagrad(0.1, initial_accumulator_value=0.0, eps=1e-3),
    "adadelta(lr=1, decay=0.9)": optax.adadelta(1.0),
    "adadelta(lr=0.3, decay=0.95, eps=1e-3)": optax.adadelta(0.3, rho=0.95, eps=1e-3),
    "clip_value(0.5) | adam(lr=0.1)": optax.chain(optax.clip(0.5), optax.adam(0.1)),
    "clip_norm(0.5) | adam(lr=0.1)": optax.chain(optax.clip_by_global_norm(0.5), optax.adam(0.1)),
    "weight_decay(0.1) | sgd(lr=0.1)": optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.1)),
    "clip_value(0.5) | weight_decay(0.1) | sgd(lr=0.1, momentum=0.9)": optax.chain(
        optax.clip(0.5), optax.add_decayed_weights(0.1), optax.sgd(0.1, momentum=0.9)
    ),
    "weight_decay(0.1) | clip_value(0.5) | sgd(lr=0.1, momentum=0.9)": optax.chain(
        optax.add_decayed_weights(0.1), optax.clip(0.5), optax.sgd(0.1, momentum=0.9)
    ),
}


def optax_paths(transformation, sequences, x):
    def body(carry, g):
        x, state = carry
        step, state = transformation.update(g, state, x)
        x = optax.apply_updates(x, step)
        return (x, state), x

    run = jax.jit(lambda gs, x: jax.lax.scan(body, (x, transformation.init(x)), gs)[1])
    with enable_x64(True):
        return [np.asarray(run(gs, jax.numpy.asarray(x))) for gs in sequences]


@pytest.mark.parametrize("text", PAIRS)
def test_same_path(text):
    x = np.array([1.0, -2.0, 0.5, 3.0]) if "weight_decay" in text else np.zeros(4)
    sequences = list(SEQUENCES.values())
    for gs, theirs in zip(sequences, optax_paths(PAIRS[text], sequences, x), strict=True):
        assert_same(path(parse(text), gs, x), theirs)


@pytest.mark.parametrize("nesterov", [False, True])
def test_centred_with_debias_where_the_variance_is_well_above_rounding(nesterov):
    """At step 1 the debiased E - m² is 0 but for rounding, so eps has to be well above it."""
    gs = SEQUENCES["ordinary"]
    text = f"rmsprop(centered=true, debias=true, eps=0.1, momentum=0.9, nesterov={nesterov})"
    theirs = optax.rmsprop(
        1e-3, eps=0.1, centered=True, bias_correction=True, momentum=0.9, nesterov=nesterov
    )
    [expected] = optax_paths(theirs, [gs], np.zeros(4))
    assert_same(path(parse(text.lower()), gs), expected)

"""What theory promises about steps when the gradients are scaled, added, turned or taken apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slalom.descent import descend, loop
from slalom.rules import parse

from .strategies import follow, gradients

SCALE_FREE = [
    "adam(eps=0)",
    "adam(eps=0, debias=false)",
    "adam(eps=0, amsgrad=true)",
    "adam(eps=0, amsgrad=corrected)",
    "adam(eps=0, eps_hat=true)",
    "adamax(eps=0)",
    "adamax(eps=0, eps_inside=false)",
    "nadam(eps=0)",
    "adam_lp(eps=0)",
    "rmsprop(eps=0)",
    "rmsprop(eps=0, centered=true, momentum=0.9)",
    "rmsprop(eps=0, debias=true, momentum=0.9, lr_inside=false, nesterov=true)",
    "adagrad(eps=0)",
    "adagrad(eps=0, lr_decay=0.1)",
    "adagrad(eps=0, accumulate=abs, scaling=quotient)",
]
LINEAR = [
    "gradient_descent",
    "momentum",
    "momentum(dampening=0.3, lr_inside=false)",
    "momentum(ema=true, debias=true)",
    "nesterov(shifted=true)",
    "nesterov(lr_inside=false)",
    "smoothed_nesterov",
    "weight_decay(0.1) | sgd(0.1)",
    "average(0.9) | nag",
]
ODD = [
    *SCALE_FREE,
    *LINEAR,
    "adagrad(scaling=exp)",
    "adagrad(scaling=quotient)",
    "adadelta",
    "adam(eps_inside=true)",
    "adam_lp(p=3)",
    "clip_value(1) | adam",
    "clip_norm(1) | momentum",
    "weight_decay(0.1, decoupled=true) | nadam",
]


@pytest.mark.parametrize("text", SCALE_FREE)
@given(gs=gradients(), power=st.integers(-40, 40), factor=st.floats(1e-9, 1e9))
def test_scaling_the_gradient_changes_no_step(text, gs, power, factor):
    rule = parse(text)
    plain = follow(rule, gs)
    if "lp" not in text:  # a power of two changes no rounding, but that of pow itself
        assert np.array_equal(follow(rule, 2.0**power * gs), plain)
    scaled = follow(rule, factor * gs)
    np.testing.assert_allclose(scaled, plain, rtol=0, atol=1e-10 * np.abs(plain).max())


@pytest.mark.parametrize("text", LINEAR)
@given(gs=gradients(), hs=gradients(), a=st.floats(-5, 5), b=st.floats(-5, 5))
def test_linear_rules_step_linearly(text, gs, hs, a, b):
    rule = parse(text)
    together = follow(rule, a * gs + b * hs)
    apart = a * follow(rule, gs) + b * follow(rule, hs)
    extent = np.abs(follow(rule, gs)).max() + np.abs(follow(rule, hs)).max()
    np.testing.assert_allclose(together, apart, rtol=0, atol=1e-11 * extent)


@pytest.mark.parametrize("text", ODD)
@given(gs=gradients(), seed=st.integers(0, 99))
def test_turning_all_signs_turns_the_path(text, gs, seed):
    x = np.random.default_rng(seed).normal(size=gs.shape[1])
    assert np.array_equal(follow(parse(text), -gs, -x), -follow(parse(text), gs, x))


@pytest.mark.parametrize("text", ODD)
@given(gs=gradients(size=4), order=st.permutations(range(4)))
def test_the_order_of_the_components_does_not_matter(text, gs, order):
    rule = parse(text)
    turned, plain = follow(rule, gs[:, order]), follow(rule, gs)[:, order]
    # a norm adds up in another order
    np.testing.assert_allclose(turned, plain, rtol=0, atol=1e-13 * np.abs(plain).max())


@pytest.mark.parametrize("text", ODD)
@given(gs=gradients(size=4))
def test_rules_take_components_apart_unless_they_reduce(text, gs):
    rule = parse(text)
    whole = follow(rule, gs)[:, :2]
    part = follow(rule, gs[:, :2])
    if "norm" not in text:
        np.testing.assert_allclose(part, whole, rtol=1e-13)
    else:
        assert not np.allclose(part, whole, rtol=1e-9, atol=0)


@pytest.mark.parametrize("text", ["rmsprop(0.1)", "average(0.9) | noise(0.5) | nag(0.01)"])
def test_one_seed_gives_the_same_bits_even_compiled_again(text):
    def run():
        return descend(text, lambda x: (x**4).sum(), [1.0, -2.0], 50, seed=7).trace.position

    one = run()
    assert np.array_equal(run(), one)
    loop.one_path.clear_cache()
    assert np.array_equal(run(), one)

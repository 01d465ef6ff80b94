"""Runs that are those of Optax, and states that move to it and back in the middle of one."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from slalom import SlalomError
from slalom.optax import from_optax, to_optax, transformation

from .following import assert_same, float64, follow, last, parameters, targets  # noqa: F401

pytestmark = pytest.mark.usefixtures("float64")

SAME = {
    "gradient_descent(lr=0.05)": optax.sgd(0.05),
    "sgd(lr=0.02, momentum=0.9)": optax.sgd(0.02, 0.9),
    "momentum(lr=0.02)": optax.sgd(0.02, 0.9),
    "momentum(lr=0.1, ema=true, debias=true)": optax.chain(optax.ema(0.9), optax.scale(-0.1)),
    "sgd(lr=0.02, momentum=0.9, nesterov=true)": optax.sgd(0.02, 0.9, nesterov=True),
    "nesterov(lr=0.02, shifted=true)": optax.sgd(0.02, 0.9, nesterov=True),
    "adagrad(lr=0.1, eps=1e-7, initial_accumulator_value=0.1)": optax.adagrad(0.1),
    "rmsprop(lr=0.02)": optax.rmsprop(0.02),
    "rmsprop(lr=0.02, debias=true)": optax.rmsprop(0.02, bias_correction=True),
    "rmsprop(lr=0.01, centered=true, eps=1e-3)": optax.rmsprop(0.01, centered=True, eps=1e-3),
    "rmsprop(lr=0.01, centered=true, debias=true, eps=1e-2, momentum=0.9)": optax.rmsprop(
        0.01, centered=True, bias_correction=True, eps=1e-2, momentum=0.9
    ),
    "rmsprop(lr=0.01, momentum=0.9, lr_inside=false)": optax.rmsprop(0.01, momentum=0.9),
    "adadelta(lr=1, decay=0.9)": optax.adadelta(1.0),
    "adam(lr=0.05)": optax.adam(0.05),
    "adam(lr=0.05, amsgrad=corrected)": optax.amsgrad(0.05),
    "adamax(lr=0.05)": optax.adamax(0.05),
    "nadam(lr=0.05, momentum_decay=inf)": optax.nadam(0.05),
    "weight_decay(0.001, decoupled=true) | lion(lr=0.01)": optax.lion(0.01),
    "signum(lr=0.01)": optax.signum(0.01),
    "radam@optax(lr=0.05)": optax.radam(0.05),
    "rprop@optax(lr=0.01)": optax.rprop(0.01),
    "adan@optax(lr=0.02)": optax.adan(0.02),
    "adabelief(lr=0.05)": optax.adabelief(0.05),
    "yogi@optax(lr=0.05)": optax.yogi(0.05),
    "ademamix(lr=0.02)": optax.contrib.ademamix(0.02),
    "adopt(lr=0.02)": optax.contrib.adopt(0.02),
    "novograd@optax(lr=0.02, weight_decay=0.1)": optax.novograd(0.02, weight_decay=0.1),
    "lars@optax(lr=0.1, trust=0.1, weight_decay=0.1)": optax.lars(0.1, 0.1, trust_coefficient=0.1),
    "fromage@optax(lr=0.02)": optax.fromage(0.02),
    "clip_adaptive(0.1) | sgd(lr=0.05)": optax.chain(
        optax.adaptive_grad_clip(0.1), optax.sgd(0.05)
    ),
    "lamb(lr=0.01, weight_decay=0.1)": optax.lamb(0.01, weight_decay=0.1),
    "prodigy@optax(d0=0.01)": optax.contrib.prodigy(estim_lr0=0.01),
    "dadapt_adam@optax(d0=0.5)": optax.contrib.dadapt_adamw(estim_lr0=0.5),
    "dog(reps=0.01)": optax.contrib.dog(init_step=("heuristic", 0.01)),
    "polyak(largest=0.1)": optax.polyak_sgd(0.1),
    "cocob()": optax.contrib.cocob(),
    "acprop(lr=0.02)": optax.contrib.acprop(0.02),
    "momo(lr=0.1, lower=-9, adaptive=true, weight_decay=0.1)": optax.contrib.momo(
        0.1, lower_bound=-9.0, weight_decay=0.1, adapt_lower_bound=True
    ),
    "momo_adam(lr=0.1, lower=-9, adaptive=true, weight_decay=0.1)": optax.contrib.momo_adam(
        0.1, lower_bound=-9.0, weight_decay=0.1, adapt_lower_bound=True
    ),
    "weight_decay(0.1, decoupled=true) | adam(lr=0.05)": optax.adamw(0.05, weight_decay=0.1),
    "clip_norm(0.5) | adam(lr=piecewise((0.1, 0.05), (120,)))": optax.chain(
        optax.clip_by_global_norm(0.5),
        optax.adam(lambda count: jnp.where(count < 120, 0.1, 0.05)),
    ),
}


@pytest.fixture(params=SAME)
def pair(request):
    return request.param, SAME[request.param]


def test_a_run_is_that_of_optax_and_goes_on_there(pair):
    """100 steps side by side, and then, the states exchanged, 100 more."""
    text, theirs = pair
    ours, start = transformation(text), parameters()
    (path, state), (peer, peers) = follow(ours), follow(theirs)
    assert_same(path, peer)
    here, _ = follow(ours, last(peer), from_optax(peers, text, last(peer)))
    assert_same(here, follow(theirs, last(peer), peers)[0])
    moved = to_optax(state, text, theirs.init(start))
    assert jax.tree.structure(moved) == jax.tree.structure(theirs.init(start))
    there, _ = follow(theirs, last(path), moved)
    assert_same(there, follow(ours, last(path), state)[0])


def test_steps_that_the_optax_state_does_not_count_can_be_told():
    text = "gradient_descent(lr=piecewise((0.1, 0.01), (7,)))"
    params = parameters()
    moved = from_optax(optax.sgd(0.1).init(params), text, params, count=6)
    found, _ = follow(transformation(text), params, moved, targets(2))
    rates = optax.sgd(lambda count: jnp.where(count < 1, 0.1, 0.01))
    assert_same(found, follow(rates, params, batches=targets(2))[0])


def adam_of(**params):
    return optax.adam(0.1).init(params)


REFUSED = {
    "another optimizer": (
        lambda p: from_optax(optax.lion(0.1).init(p), "adam()", p),
        "remembers nothing like ScaleByLionState",
    ),
    "one that remembers less": (
        lambda p: from_optax(optax.sgd(0.1).init(p), "adam()", p),
        "goes with one ScaleByAdamState; the Optax state has 0",
    ),
    "one that remembers more": (
        lambda p: from_optax(optax.chain(optax.ema(0.9), optax.adam(0.1)).init(p), "adam()", p),
        "remembers nothing like EmaState",
    ),
    "two of a kind": (
        lambda p: from_optax(optax.chain(optax.adam(1), optax.adam(1)).init(p), "adam()", p),
        "one ScaleByAdamState; the Optax state has 2",
    ),
    "injected hyperparameters": (
        lambda p: from_optax(optax.inject_hyperparams(optax.adam)(0.1).init(p), "adam()", p),
        "in the Optax state.count",
    ),
    "no count": (
        lambda p: from_optax(optax.sgd(0.1).init(p), "sgd(lr=exponential(0.1))", p),
        "counts no steps, .* count=…",
    ),
    "no count for dampening": (
        lambda p: from_optax(
            optax.sgd(0.1, 0.9).init(p), "sgd(lr=0.1, momentum=0.9, dampening=0.1)", p
        ),
        "counts no steps",
    ),
    "another tree": (
        lambda p: from_optax(adam_of(w=jnp.ones(2)), "adam()", p),
        "ScaleByAdamState.mu and the parameters are not of one tree",
    ),
    "another shape": (
        lambda p: from_optax(adam_of(**{**p, "b": jnp.ones(5)}), "adam()", p),
        r"ScaleByAdamState.mu and the parameters differ in shape: \(5,\), not \(2,\)",
    ),
    "a wrapper that remembers": (
        lambda p: from_optax(optax.adam(0.1).init(p), "average() | adam()", p),
        "the state of average has no counterpart in Optax",
    ),
    "a rule that Optax lacks": (
        lambda p: from_optax(optax.sgd(0.1).init(p), "smoothed_nesterov()", p),
        "the state of smoothed_nesterov has no counterpart",
    ),
    "another iterate": (
        lambda p: from_optax(optax.sgd(0.1, 0.9, True).init(p), "nesterov()", p),
        "the look-ahead point as the iterate: shifted=true",
    ),
    "a growing momentum": (
        lambda p: to_optax(transformation("nadam").init(p), "nadam", optax.nadam(1).init(p)),
        "momentum_decay=inf",
    ),
    "another maximum": (
        lambda p: from_optax(optax.amsgrad(0.1).init(p), "adam(amsgrad=true)", p),
        "amsgrad=corrected",
    ),
    "a changing rate in the buffer": (
        lambda p: from_optax(optax.sgd(0.1, 0.9).init(p), "momentum(lr=exponential(0.1))", p),
        "lr outside the buffer; .* lr_inside=false",
    ),
    "a bounded growth": (
        lambda p: from_optax(optax.contrib.prodigy().init(p), "prodigy(growth=1.1)", p),
        "growth=inf",
    ),
    "no state of a rule": (
        lambda p: to_optax(optax.adam(0.1).init(p), "adam", optax.adam(0.1).init(p)),
        "must hold one state of a rule, not 0",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_convert(what):
    call, told = REFUSED[what]
    with pytest.raises(SlalomError, match=told):
        call(parameters())


def test_a_state_deeper_in_a_chain_is_found():
    ours = optax.chain(optax.clip(1.0), transformation("adam(lr=0.05)"))
    _, state = follow(ours, batches=targets(5))
    moved = to_optax(state, "adam(lr=0.05)", optax.adam(0.05).init(parameters()))
    assert moved[0].count == 5
    np.testing.assert_array_equal(moved[0].mu["w"], state[1].states.m["w"])


def test_muon_of_matrices():
    """Alone: in `optax.contrib.muon` the arrays that are no matrices go by another rule."""
    text, params = "muon@optax(lr=0.02)", {"w": parameters()["w"]}
    sizes = {"w": optax.contrib.MuonDimensionNumbers()}
    muon = optax.contrib.scale_by_muon(weight_dimension_numbers=sizes)
    theirs = optax.chain(muon, optax.scale_by_learning_rate(0.02))
    ours = transformation(text)

    def step(tx, params, state, t):
        gradient = {"w": jnp.cos(t + 3 * params["w"])}
        updates, state = tx.update(gradient, state, params)
        return optax.apply_updates(params, updates), state

    def after(tx, params, state, begin, end):
        for t in range(begin, end):
            params, state = step(tx, params, state, t)
        return params, state

    middle, state = after(theirs, params, theirs.init(params), 0, 10)
    expected, _ = after(theirs, middle, state, 10, 20)
    found, _ = after(ours, middle, from_optax(state, text, middle), 10, 20)
    np.testing.assert_allclose(found["w"], expected["w"], rtol=1e-12)
    middle, state = after(ours, params, ours.init(params), 0, 10)
    moved = to_optax(state, text, theirs.init(params))
    found, _ = after(theirs, middle, moved, 10, 20)
    np.testing.assert_allclose(found["w"], expected["w"], rtol=1e-12)

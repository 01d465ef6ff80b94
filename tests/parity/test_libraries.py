"""Every preset computes what its library computes: parameters, states and steps, in float64."""

import jax
import numpy as np
import optax
import pytest

from slalom.rules import parse, settings, with_settings

from ..rules import sequences
from . import traces, with_keras, with_optax, with_torch
from .cases import CASES
from .traces import ORDINARY, assert_same, ours, starts

LIBRARIES = {"torch": with_torch, "keras": with_keras, "optax": with_optax}
PAIRS = [(library, text) for library, cases in CASES.items() for text in cases]


def both(library, text, variant="as it is"):
    """Our trace and theirs."""
    name, options = CASES[library][text]
    rule = parse(text)
    extra = {"resumed": True} if variant == "resumed" else {}
    theirs = dict(extra)
    if variant == "eps":
        rule, theirs["eps"] = with_settings(rule, {"eps": 1e-3}), 1e-3
    if variant == "rate" or library == "optax":  # which has no rate of its own
        theirs["rates"] = traces.rates(settings(rule)["lr"], changed=variant == "rate")
    if variant == "rate":
        rule = traces.with_changed_rate(rule)
    xs = starts("weight_decay" in str(rule))
    found = ours(rule, xs, **extra)
    expected = LIBRARIES[library].trace(name, options, xs, **theirs)
    if library == "optax":
        found.states.pop("product", None)  # of NAdam's momenta: a power, where they are constant
    return found, expected


@pytest.mark.parametrize(("library", "text"), PAIRS)
def test_parity(library, text):
    variants = ["as it is", "eps", "rate", "resumed"]  # of one compilation
    for variant in variants:
        if variant != "eps" or "eps" in settings(parse(text)):
            assert_same(*both(library, text, variant), variant)


@pytest.mark.parametrize(
    ("library", "right", "wrong"),
    [
        ("torch", "adam@torch", "adam(eps_inside=true)"),
        ("torch", "adam@torch", "adam@keras(eps=1e-8)"),
        ("torch", "adam@torch(amsgrad=true)", "adam@optax(amsgrad=true)"),
        ("torch", "adamax@torch", "adamax@lasagne"),
        ("torch", "rmsprop@torch", "rmsprop@torch(eps_inside=true)"),
        ("torch", "adagrad@torch", "adagrad@torch(eps_inside=true)"),
        ("torch", "nadam@torch", "nadam@torch(momentum_decay=0.004001)"),
        ("torch", "adadelta@torch", "adadelta@torch(eps=1.000001e-6)"),
        ("keras", "adam@keras", "adam@lasagne"),
        ("keras", "adam@keras", "adam@keras(eps_hat=false)"),
        ("optax", "amsgrad@optax", "amsgrad@lasagne"),
        ("optax", "nadam@optax", "nadam@keras(lr=0.002, eps=1e-8)"),
    ],
)
def test_other_conventions_are_told_apart(library, right, wrong):
    """The comparison is sharp enough to see each of them."""
    found, expected = both(library, right)
    assert_same(found, expected)
    with pytest.raises(AssertionError, match="x is off by"):
        assert_same(found._replace(x=ours(parse(wrong), starts(False)).x), expected)


@pytest.mark.parametrize("text", ["momentum", "nesterov(shifted=true)", "rmsprop(momentum=0.9)"])
def test_where_the_rate_stands_shows_only_when_it_changes(text):
    inside = parse(text)
    outside = inside.replace(lr_inside=False)
    place = [ours(rule, starts(False)).x for rule in (inside, outside)]
    sequences.assert_same(*place)
    place = [ours(traces.with_changed_rate(r), starts(False)).x for r in (inside, outside)]
    with pytest.raises(AssertionError, match="off by"):
        sequences.assert_same(*place)


@pytest.mark.parametrize("nesterov", [False, True])
def test_centred_with_debias_where_the_variance_is_well_above_rounding(nesterov):
    """At step 1 the debiased E - m² is 0 but for rounding, so eps has to be well above it."""
    settings = {"eps": 0.1, "centered": True, "momentum": 0.9, "nesterov": nesterov}
    transformation = optax.rmsprop(1e-3, bias_correction=True, **settings)

    def step(carry, g):
        x, state = carry
        update, state = transformation.update(g, state, x)
        return (x + update, state), x + update

    with jax.enable_x64(True):
        x = jax.numpy.zeros(4)
        _, expected = jax.lax.scan(step, (x, transformation.init(x)), ORDINARY)
    rule = parse("rmsprop@optax(debias=true)").replace(**settings)
    sequences.assert_same(sequences.path(rule, ORDINARY), np.asarray(expected))

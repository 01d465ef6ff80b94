"""The presets of Lasagne against the equations of its documentation."""

import functools
import inspect

import numpy as np
import pytest

from slalom.rules import PRESETS, parse, settings, with_settings

from . import lasagne_updates, traces
from .traces import GRADIENTS, Trace, assert_same, flat, ours, starts

CASES = {
    "gradient_descent@lasagne": ("sgd", {}),
    "sgd@lasagne": ("sgd", {}),
    "sgd@lasagne(momentum=0.9)": ("momentum", {}),
    "sgd@lasagne(momentum=0.9, nesterov=true)": ("nesterov_momentum", {}),
    "momentum@lasagne": ("momentum", {}),
    "nesterov@lasagne": ("nesterov_momentum", {}),
    "nag@lasagne(momentum=0.5)": ("nesterov_momentum", {"momentum": 0.5}),
    "adagrad@lasagne": ("adagrad", {}),
    "rmsprop@lasagne": ("rmsprop", {}),
    "rmsprop@lasagne(decay=0.8)": ("rmsprop", {"rho": 0.8}),
    "adadelta@lasagne": ("adadelta", {}),
    "adam@lasagne": ("adam", {}),
    "adam@lasagne(beta1=0.8, beta2=0.95)": ("adam", {"beta1": 0.8, "beta2": 0.95}),
    "adam@lasagne(amsgrad=true, beta2=0.9)": ("amsgrad", {"beta2": 0.9}),
    "amsgrad@lasagne": ("amsgrad", {}),
    "adamax@lasagne": ("adamax", {}),
}


def trace(name, options, *, changed):
    update = getattr(lasagne_updates, name)
    lr = inspect.signature(update).parameters["learning_rate"].default
    lr = 0.01 if lr is inspect.Parameter.empty else lr  # it asks for one
    x = flat([np.asarray(x)[None] for x in starts(False)])[0]
    rates = traces.rates(lr, changed=changed)
    found = list(update(x, flat(GRADIENTS), learning_rate=rates, **options))
    states = {name: np.stack([state[name] for _, state in found]) for name in found[0][1]}
    return Trace(np.stack([x, *(x for x, _ in found)]), states)


@pytest.mark.parametrize("text", CASES)
def test_parity(text):
    name, options = CASES[text]
    rule, follow = parse(text), functools.partial(trace, name)
    as_it_is = follow(options, changed=False)
    assert_same(ours(rule, starts(False)), as_it_is)
    assert_same(ours(rule, starts(False), resumed=True), as_it_is, "resumed")
    changed = ours(traces.with_changed_rate(rule), starts(False))
    assert_same(changed, follow(options, changed=True), "rate")
    if "eps" in settings(rule):
        coarse = with_settings(rule, {"eps": 1e-3})
        expected = follow(options | {"epsilon": 1e-3}, changed=False)
        assert_same(ours(coarse, starts(False)), expected, "eps")


def test_every_preset_is_compared():
    named = {text.split("@")[0] for text in CASES}
    assert named == {rule for rule, libraries in PRESETS.items() if "lasagne" in libraries}

"""Keras's optimizers that reduce over a parameter, beside their presets, in float64."""

import numpy as np
import pytest

from slalom.rules import parse
from slalom.studies.diff.libraries import KerasSide

SHAPES = [(3, 4), (5,), (2, 6)]
STEPS = 12
OTHER_MUON = "muon@keras(lr=0.1, momentum=0.8, nesterov=false, scale=none, ns_steps=3)"
MUON_DECAY = "weight_decay(0.004, decoupled=true)"

CASES = [
    # the preset, the optimizer, its settings, and how close they are
    ("lamb@keras", "Lamb", {}, 1e-12),
    ("lamb@keras(lr=0.1, beta1=0.8, eps=1e-3)", "Lamb", (0.1, 0.8, 0.999, 1e-3), 1e-12),
    # whose means and norms Keras takes in float32
    ("adafactor@keras", "Adafactor", {}, 1e-6),
    (
        "adafactor@keras(lr=0.5, clip=0.7, eps2=0.01)",
        "Adafactor",
        (0.5, -0.8, 1e-30, 0.01, 0.7),
        1e-6,
    ),
    ("adafactor@keras", "Adafactor", {"relative_step": False}, 1e-6),
    (
        f"{MUON_DECAY} | partition(matrices=muon@keras, rest=adam@keras(lr=0.001))",
        "Muon",
        {},
        1e-6,
    ),
    (
        f"{MUON_DECAY} | partition(matrices={OTHER_MUON}, rest=adam@keras(lr=0.1, beta1=0.7))",
        "Muon",
        {
            "learning_rate": 0.1,
            "momentum": 0.8,
            "nesterov": False,
            "rms_rate": None,
            "ns_steps": 3,
            "adam_beta_1": 0.7,
        },
        1e-6,
    ),
]


@pytest.mark.parametrize(("text", "name", "settings", "rtol"), CASES)
def test_steps_are_those_of_keras(text, name, settings, rtol):
    import keras

    def make():
        found = getattr(keras.optimizers, name)
        return found(*settings) if isinstance(settings, tuple) else found(**settings)

    random = np.random.default_rng(3)
    xs = [random.normal(size=shape) for shape in SHAPES]
    side, rule = KerasSide(make), parse(text)
    side.begin(xs)
    state = rule.begin(xs)
    for t in range(1, STEPS + 1):
        gs = [random.normal(size=shape) for shape in SHAPES]
        side.step(Asked(gs))
        deltas, state = rule.step(xs, gs, state, t)
        xs = [x + delta for x, delta in zip(xs, deltas, strict=True)]
        for x, theirs in zip(xs, side.xs, strict=True):
            np.testing.assert_allclose(x, theirs, rtol, rtol)


class Asked:
    """Gradients that do not depend on the place."""

    def __init__(self, gs):
        self.gradient = lambda xs: gs

"""Clipping, weight decay and averaging against PyTorch and closed forms."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from slalom.errors import SlalomError
from slalom.rules import (
    Adam,
    Average,
    ClipNorm,
    ClipValue,
    Exponential,
    GradientDescent,
    Momentum,
    Nesterov,
    Noise,
    Rule,
    WeightDecay,
    parse,
)

from .sequences import SEQUENCES, deltas, path

UNIT = GradientDescent(lr=1.0)
ZEROS = np.zeros((30, 2))
X = np.array([2.0, -3.0])


@pytest.mark.parametrize("limit", [0.0, 0.3, 1e3])
@pytest.mark.parametrize("sequence", SEQUENCES)
def test_clip_value_is_that_of_pytorch(sequence, limit):
    gs = SEQUENCES[sequence]
    parameter = torch.nn.Parameter(torch.zeros(gs.shape, dtype=torch.float64))
    parameter.grad = torch.tensor(gs)
    torch.nn.utils.clip_grad_value_([parameter], limit)
    found = -deltas(ClipValue(limit) | UNIT, gs)
    assert np.array_equal(found, parameter.grad.numpy())


def test_clip_norm_keeps_the_direction_and_bounds_the_length():
    gs = SEQUENCES["ordinary"]
    found = -deltas(ClipNorm(2.0) | UNIT, gs)
    lengths = np.linalg.norm(gs, axis=1)
    expected = np.minimum(lengths, 2.0)
    assert lengths.min() < 2 < lengths.max()
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), expected, rtol=1e-12)
    cosines = np.sum(found * gs, axis=1) / expected / lengths
    np.testing.assert_allclose(cosines, 1.0, rtol=1e-12)


def test_short_gradients_pass_untouched():
    gs = np.array([[0.3, 0.4], [0.0, 0.0], [3.0, 4.0]])
    assert np.array_equal(-deltas(ClipNorm(0.5) | UNIT, gs)[:2], gs[:2])
    np.testing.assert_allclose(-deltas(ClipNorm(0.5) | UNIT, gs)[2], [0.3, 0.4], rtol=1e-15)


@pytest.mark.parametrize(
    ("rule", "factor"),
    [
        (WeightDecay(0.1) | GradientDescent(0.5), 0.95),
        (WeightDecay(0.1, decoupled=True) | GradientDescent(0.5), 0.95),
        (WeightDecay(0.1, decoupled=True, scaled=False) | GradientDescent(0.5), 0.9),
        (WeightDecay(0.1, decoupled=True) | Adam(0.5), 0.95),
        (WeightDecay(0.1, decoupled=True, scaled=False) | Adam(0.5), 0.9),
        (WeightDecay(0.1, decoupled=True) | ClipNorm(1.0) | Average(0.5) | Adam(0.5), 0.95),
    ],
    ids=str,
)
def test_without_gradients_the_weights_shrink_by_a_factor(rule, factor):
    t = np.arange(1, 31)[:, None]
    np.testing.assert_allclose(path(rule, ZEROS, X), X * factor**t, rtol=1e-12)


def test_the_pull_follows_the_schedule_of_the_rate():
    rate = Exponential(0.5, rate=0.2)
    found = path(WeightDecay(0.1, decoupled=True) | Adam(rate), ZEROS, X)
    factors = 1 - 0.1 * 0.5 * np.exp(-0.2 * np.arange(1, 31))
    np.testing.assert_allclose(found, X * np.cumprod(factors)[:, None], rtol=1e-12)


@dataclass(frozen=True)
class NoRate(Rule, name="no_rate"):
    def update(self, g, state):
        return -g, state


def test_a_rule_without_a_rate_cannot_scale_the_pull():
    rule = WeightDecay(0.1, decoupled=True) | NoRate()
    with pytest.raises(SlalomError, match="no_rate has no rate: give"):
        rule.step(X, X, ())


def test_order_matters_from_left_to_right():
    g, x = np.array([0.5]), np.array([10.0])
    clipped_last = parse("weight_decay(1) | clip_value(1) | gradient_descent(lr=1)")
    decayed_last = parse("clip_value(1) | weight_decay(1) | gradient_descent(lr=1)")
    assert clipped_last.step(x, g, ())[0] == [-1.0]
    assert decayed_last.step(x, g, ())[0] == [-10.5]


def test_joining_is_associative():
    a, b, c = ClipValue(1.0), WeightDecay(0.1), Momentum()
    assert (a | b) | c == a | (b | c) == parse("clip_value(1.0) | weight_decay(0.1) | momentum()")
    with pytest.raises(SlalomError, match="momentum is no wrapper: nothing can follow it"):
        (a | c) | Adam()
    with pytest.raises(SlalomError, match=r"clip_value wraps a rule and has none: .*\| adam\(\)"):
        a.begin(X)
    with pytest.raises(SlalomError, match="clip_value: can only wrap a rule"):
        ClipValue(1.0, rule=0.5)
    with pytest.raises(TypeError):
        a | 0.5


def test_wrappers_need_what_the_rule_inside_needs():
    assert (ClipValue(1.0) | Adam()).needs == {"g"}
    assert (ClipValue(1.0) | Noise(1.0) | Adam()).needs == {"g", "key"}
    assert (ClipNorm(1.0) | Nesterov()).needs == {"grad"}

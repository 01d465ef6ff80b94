"""Wrappers over several arrays, with schedules, and what they hand on to the rule inside."""

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
    Nesterov,
    Noise,
    SmoothedNesterov,
    WeightDecay,
    Wrapper,
    hyper,
)
from slalom.rules.momentum import MomentumState
from slalom.rules.wrappers import inner

from .sequences import deltas, path

UNIT = GradientDescent(lr=1.0)
X = np.array([8.0, -8.0])
HALVED = Exponential(1.0, rate=np.log(2))  # 1/2, 1/4, 1/8, …
WRAPPERS = [ClipValue(1.0), ClipNorm(1.0), WeightDecay(0.1), Noise(1.0), Average(0.5)]


@dataclass(frozen=True)
class TwoSided(Wrapper, name="two_sided"):
    below: float = hyper(-1.0, "the least component", "(-inf, inf)")
    above: float = hyper(1.0, "the largest component", "(-inf, inf)")


class Twos:
    """Draws that are all 2, in the dtype asked for."""

    def split(self):
        return self, self

    def normal(self, like):
        return np.full(like.shape, 2.0, like.dtype)


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=str)
def test_gradients_without_a_parameter_are_refused(wrapper):
    rule = wrapper | UNIT
    with pytest.raises(SlalomError, match=r"^one gradient for each of 1 arrays, not 2$"):
        rule.step([X], [X, X], rule.begin([X]), key=Twos())


def test_points_to_judge_without_a_state_are_refused():
    rule = Average(0.5) | UNIT
    with pytest.raises(ValueError, match="Leaves of different lengths: 1 and 2"):
        rule.judged([X, X], rule.begin([X]))


@pytest.mark.parametrize(
    ("wrapper", "expected"),
    [
        (ClipValue(HALVED), [0.5, 0.25, 0.125]),
        (ClipNorm(HALVED), [0.5, 0.25, 0.125]),
        (Noise(HALVED), [2.0, 1.5, 1.25]),
        (WeightDecay(HALVED), [5.0, 3.0, 2.0]),
        (WeightDecay(HALVED, decoupled=True), [5.0, 3.0, 2.0]),
    ],
    ids=str,
)
def test_a_schedule_inside_a_wrapper(wrapper, expected):
    """The gradient is 1, the parameter stays at 8."""
    rule, x, found = wrapper | UNIT, np.array([8.0], np.float32), []
    for t in (1, 2, 3):
        [delta], _ = rule.step([x], [np.ones(1, np.float32)], (), t, key=Twos())
        assert delta.dtype == np.float32
        found.append(-float(delta[0]))
    assert found == pytest.approx(expected, rel=1e-6)


def test_an_average_whose_decay_is_a_schedule():
    """Gradients of -1 from 0: iterates 1, 2; the shares kept are 1/2 and 1/4."""
    rule, x = Average(HALVED) | UNIT, np.zeros(1, np.float32)
    state, found = rule.begin(x), []
    for t in (1, 2):
        delta, state = rule.step(x, -np.ones(1, np.float32), state, t)
        x = x + delta
        found.append(float(rule.judged(x, state)[0]))
    assert found == pytest.approx([0.5, 0.5 / 4 + 2 * 3 / 4], rel=1e-6)
    assert state.own.kept.dtype == state.own.average.dtype == np.float32


def test_the_average_begins_at_the_start():
    rule = Average(0.9) | UNIT
    assert rule.judged(X, rule.begin(X)).tolist() == X.tolist()


def test_the_norm_is_that_of_all_arrays():
    """sqrt(2² + 3² + 6²) = 7."""
    gs = [np.full(1, v, np.float32) for v in (2.0, 3.0, 6.0)]
    found, _ = (ClipNorm(3.5) | UNIT).step(gs, gs, ())
    assert [float(d[0]) for d in found] == [-1.0, -1.5, -3.0]
    assert {d.dtype for d in found} == {np.dtype(np.float32)}


def test_clip_norm_takes_tensors():
    g = torch.tensor([3.0, 4.0])
    assert torch.allclose((ClipNorm(1.0) | UNIT).step(g, g, ())[0], -g / 5)


def test_no_gradient_and_no_limit_divide_nothing_by_zero():
    """NumPy would warn."""
    assert not np.any(deltas(ClipNorm(0.0) | UNIT, np.zeros((3, 2))))


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=str)
def test_the_rule_inside_looks_ahead_and_is_judged_through_the_wrapper(wrapper):
    rule, bare = wrapper | Nesterov(momentum=0.5), MomentumState(np.array([2.0, 4.0]))
    state, asked = rule.begin(X), []
    state = state._replace(rule=bare) if isinstance(wrapper, Average) else bare

    def grad(point):
        asked.append(point.tolist())
        return point

    rule.step(X, None, state, grad=grad, key=Twos())
    assert asked == [[7.0, -10.0]]
    assert rule.judged(X, rule.begin(X)).tolist() == X.tolist()


def test_average_is_seen_through_the_wrappers_around_it():
    around = ClipValue(1e9) | Average(0.5) | UNIT
    state = around.begin(np.zeros(2))
    _, state = around.step(np.zeros(2), -X, state)
    assert around.judged(X, state).tolist() == (X / 2).tolist()


def test_what_the_rule_inside_needs_passes_an_average():
    rule = Average(0.5) | Noise(1.0) | UNIT
    found, _ = rule.step([X], [X], rule.begin([X]), key=Twos())
    assert found[0].tolist() == (-X - 2).tolist()


def test_the_message_without_a_key():
    with pytest.raises(SlalomError, match=r"^noise needs a source of random numbers: pass key=$"):
        (Noise(1.0) | UNIT).step(X, X, ())


def test_texts_with_and_without_what_is_default():
    rule = ClipValue(1.0) | GradientDescent()
    assert rule.text() == str(rule) == "clip_value(1.0) | gradient_descent()"
    assert rule.text(full=True) == "clip_value(1.0) | gradient_descent(lr=0.01)"
    clipped = TwoSided(-2.0) | Adam(lr=0.5)
    assert clipped.text() == "two_sided(-2.0) | adam(lr=0.5)"
    assert clipped.text(full=True) == (
        "two_sided(-2.0, above=1.0) | adam(lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8)"
    )


def test_the_place_of_the_rule_inside():
    """Set by name only, and no hyperparameter."""
    field = inner()
    assert (field.default, field.kw_only, field.repr) == (None, True, False)
    assert dict(field.metadata) == {"kind": "inner"}


@pytest.mark.parametrize(
    ("points", "weights", "message"),
    [
        ((), None, r"^smoothed_nesterov: one weight for each .*, not 0 for 0$"),
        ((0.5, 1.0), (1.0,), r"^smoothed_nesterov: one weight for each .*, not 1 for 2$"),
        ((0.5, 1.0), (0.0, 0), r"^smoothed_nesterov: weights must not all be 0$"),
    ],
)
def test_points_that_cannot_be_weighed(points, weights, message):
    with pytest.raises(SlalomError, match=message):
        SmoothedNesterov(points=points, weights=weights)


def test_a_path_under_all_wrappers_at_once():
    """Clipped to 1, pulled by 1/2 of what is there, at a rate of 1/2: x = 3/4 x - 1/2."""
    rule = WeightDecay(0.5, decoupled=True) | ClipValue(1.0) | GradientDescent(0.5)
    assert path(rule, np.full((2, 1), 9.0), np.array([4.0]))[:, 0].tolist() == [2.5, 1.375]

"""Responses: what a rule subtracts at each value of a signal, by closed forms and by NumPy."""

import json

import numpy as np
import pytest

from slalom import signals
from slalom.descent import Outcome
from slalom.errors import SlalomError
from slalom.studies import respond

RAMP = 0.3 * np.arange(40.0)


def looked_ahead(values, lr, momentum, points=(1.0,)):
    """v = momentum v + lr g(k + mean of what lies ahead), 0 outside the signal, by np.interp."""
    k = np.arange(len(values) + 1)
    held = np.append(values, values[-1])  # the last value holds for one position more
    v, answers = 0.0, []
    for now in range(len(values)):
        places = [now + c * momentum * v for c in points]
        g = [np.interp(p, k, held) if 0 <= p < len(values) else 0.0 for p in places]
        v = momentum * v + lr * np.mean(g)
        answers.append(v)
    return np.array(answers)


@pytest.mark.parametrize(("lr", "momentum"), [(1.0, 0.9), (0.25, 0.5), (1.0, 1.0)])
def test_momentum_rings_after_spikes(lr, momentum):
    """A spike at j adds lr momentum^(k - j) to the answer at every k from j on."""
    found = respond(f"momentum(lr={lr}, momentum={momentum})", "spikes")
    k = np.arange(300)
    expected = sum(
        np.where(k >= j, lr * momentum ** np.maximum(k - j, 0), 0.0) for j in range(0, 300, 60)
    )
    np.testing.assert_allclose(found.data.answer[0], expected, rtol=1e-9, atol=1e-13)
    assert found.data.gradient.values.tolist() == [float(j % 60 == 0) for j in range(300)]


def test_gradient_descent_answers_with_the_signal():
    found = respond("sgd(lr=0.5)", "uneven_sawtooth", length=90)
    k = np.arange(90)
    expected = np.where(k > 80, (k % 20) / 20, (k % 20) / 5)
    np.testing.assert_allclose(found.data.gradient, expected, rtol=1e-15)
    np.testing.assert_allclose(found.data.answer[0], expected / 2, atol=1e-13)


def test_looking_ahead_on_a_ramp():
    found = respond("nesterov(lr=0.1, momentum=0.8)", RAMP)
    expected = looked_ahead(RAMP, 0.1, 0.8)
    np.testing.assert_allclose(found.data.answer[0], expected, rtol=1e-11, atol=1e-13)
    plain = respond("momentum(lr=0.1, momentum=0.8)", RAMP).data.answer[0]
    assert (found.data.answer[0, 2:20] > plain[2:20]).all()


@pytest.mark.parametrize("lr", [1.0, 5.0])
def test_beyond_the_end_the_signal_is_0(lr):
    expected = looked_ahead(RAMP, lr, 0.9)
    found = respond(f"nag(lr={lr}, momentum=0.9)", RAMP).data.answer[0]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)
    k = int(np.argmax(expected[:-1] * 0.9 + np.arange(1, 40) >= 40)) + 1
    assert found[k] == pytest.approx(0.9 * found[k - 1])  # it rolls on without a push


def test_several_look_aheads():
    found = respond("smoothed_nesterov(lr=0.1, momentum=0.8, points=(0.5, 1, 2))", RAMP)
    expected = looked_ahead(RAMP, 0.1, 0.8, (0.5, 1, 2))
    np.testing.assert_allclose(found.data.answer[0], expected, rtol=1e-11, atol=1e-13)


def test_adam_answers_a_constant_with_its_rate():
    found = respond("adam(lr=0.25, eps=0)", np.full(50, -3.0))
    np.testing.assert_allclose(found.data.answer[0], -0.25, rtol=1e-10)


def test_the_data_and_their_labels():
    found = respond(["sgd(lr=[1, 2])", "sgd(2)"], "saturation", length=5, seed=7)
    data = found.data
    assert dict(data.sizes) == {"rule": 2, "step": 5}
    assert data.answer.dims == ("rule", "step")
    assert data.rule.values.tolist() == ["gradient_descent(lr=1)", "gradient_descent(lr=2)"]
    assert data.step.values.tolist() == [0, 1, 2, 3, 4]
    assert found.outcomes == [Outcome("finished", 5)] * 2
    assert data.rule_name.values.tolist() == ["gradient_descent"] * 2
    assert data.attrs == {"signal": "saturation", "seed": 7}
    assert repr(found) == "<Response of 2 rules to saturation>"


def test_the_seed_draws_the_noise_of_the_signal():
    signal = signals.find("noisy_sine")
    data = respond("sgd(1)", signal, length=20, seed=4).data
    rng = np.random.default_rng(4)
    np.testing.assert_allclose(data.gradient, np.sin(np.arange(20) / 20) + rng.random(20) - 0.5)
    named = respond("adam()", "noisy_sine", length=20, seed=4).data
    assert np.array_equal(data.gradient, named.gradient)


def test_single_precision():
    data = respond("nag(1)", RAMP, dtype="float32").data
    assert (data.answer.dtype, data.gradient.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(data.answer[0], looked_ahead(RAMP, 1.0, 0.9), rtol=2e-3, atol=1e-4)


def test_an_answer_that_is_not_finite_ends_there():
    data = respond("sgd(lr=1e308)", [1.0, 0.5, 1.0, 1.0])
    # the sum of the answers passes the largest number at the third
    assert data.outcomes == [Outcome("diverged", 3)]
    assert not np.isfinite(data.data.answer.values[0, 2:]).any()
    np.testing.assert_allclose(data.data.answer[0, :2], [1e308, 5e307])
    summary = data.summary()
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["responses"][0]["answer"][2:] == [None, None]
    assert summary["responses"][0]["outcome"] == "diverged"
    assert summary["responses"][0]["outcome_step"] == 3
    assert summary["gradient"] == [1.0, 0.5, 1.0, 1.0]


@pytest.mark.parametrize(
    ("signal", "given", "message"),
    [
        ("spike", {}, "unknown signal 'spike'; did you mean spikes"),
        ([], {}, "signal must be a name or a sequence of at least one finite number"),
        ([1.0, np.nan], {}, "at least one finite number"),
        ([1.0, np.inf], {}, "at least one finite number"),
        ([[1.0], [2.0]], {}, "at least one finite number"),
        (3.0, {}, "at least one finite number"),
        ("spikes", {"length": 0}, "length must be at least 1, got 0"),
        (["a", "b"], {}, "at least one finite number"),
        (None, {}, "at least one finite number"),
    ],
)
def test_refused_signals(signal, given, message):
    with pytest.raises(SlalomError, match=message):
        respond("adam()", signal, **given)


@pytest.mark.parametrize("rules", [[], [None], "adm()"])
def test_refused_rules(rules):
    with pytest.raises(SlalomError):
        respond(rules, "spikes")

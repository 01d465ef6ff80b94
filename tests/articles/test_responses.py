"""S1: answers of rules to signals, against their closed forms."""

import numpy as np
import pytest

from slalom.articles.responses import SPECIAL, STUDY, VARIANTS
from slalom.rules import parse_all
from slalom.signals import SIGNALS

DECAYS = (0.25, 0.9, 0.975)


def answers(variant, signal):
    [figure] = [f for f in STUDY.figures if f.name == f"{variant}-{signal}"]
    return figure.compute().data.answer.values


def test_eight_variants_on_six_signals():
    assert {f.arguments["signal"] for f in STUDY.figures} <= set(SIGNALS)
    assert len({(f.arguments["rules"], f.arguments["signal"]) for f in STUDY.figures}) == 48
    for rules, _ in VARIANTS.values():
        assert len(parse_all(rules)) == 3


def test_what_is_told_of_one_signal_alone_is_so():
    assert all(variant in VARIANTS and signal in SIGNALS for variant, signal in SPECIAL)
    spikes = answers("rmsprop", "spikes")[:, ::60]
    assert (np.diff(spikes, axis=0) > 0).all()  # the fastest to forget answers least
    starts = np.abs(answers("adadelta-zero-start", "rectangles"))[:, ::20]
    assert (np.diff(starts[0]) > 0).all()
    assert np.ptp(starts[2]) < 0.15 * starts[2].max()
    teeth = answers("adadelta-zero-start", "uneven-sawtooth").reshape(3, -1, 20).max(-1)
    assert teeth[2, 4] < 0.3 * teeth[2, 3]
    assert teeth[0, 4:].min() > 0.8 * teeth[0, 3]


def test_momentum_fades_after_a_spike_and_adds_up_the_next():
    steps = np.arange(60)
    for decay, row in zip(DECAYS, answers("momentum", "spikes"), strict=True):
        np.testing.assert_allclose(row[:60], 0.25 * decay**steps, atol=1e-14)
        assert row[60] == pytest.approx(0.25 * (1 + decay**60))


def test_nesterov_turns_before_momentum_does():
    heavy, ahead = (answers(rule, "rectangles")[2] for rule in ("momentum", "nesterov"))
    assert 20 < np.argmax(ahead < 0) < np.argmax(heavy < 0)


def test_adagrad_fades_as_one_over_the_root_of_the_step():
    count = np.arange(1, 301)
    for eps, row in zip((1e-7, 0.1, 10), answers("adagrad", "rectangles"), strict=True):
        np.testing.assert_allclose(np.abs(row), 2.5 / np.sqrt(count + eps))


def test_rmsprop_settles_at_its_rate_on_a_square_wave():
    settled = np.abs(answers("rmsprop", "rectangles")[:, -20:])
    np.testing.assert_allclose(settled[:2], 0.25, rtol=1e-4)


def test_adadelta_trusts_itself_more_from_a_big_start():
    zero, big = (answers(f"adadelta-{s}-start", "spikes")[:, 0] for s in ("zero", "big"))
    np.testing.assert_allclose(big / zero, np.sqrt(50.001 / 0.001), rtol=1e-9)


def test_adam_s_answers_are_as_large_as_its_rate_while_the_gradient_is_steady():
    first = answers("adam", "saturation")[:, :40]
    np.testing.assert_allclose(first, 0.25, rtol=1e-6)

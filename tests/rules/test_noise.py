"""Gradient noise: the draws that an engine hands over, and those of the loop."""

import numpy as np
import pytest

from slalom.descent import descend
from slalom.errors import SlalomError
from slalom.rules import Adam, ClipValue, Exponential, GradientDescent, Noise

UNIT = GradientDescent(lr=1.0)


class Numbered:
    """Draws that tell which branch of the splits they come from."""

    used: list

    def __init__(self, branch="", used=None):
        self.branch, self.used = branch, [] if used is None else used

    def split(self):
        return Numbered(self.branch + "0", self.used), Numbered(self.branch + "1", self.used)

    def normal(self, like):
        self.used.append(self.branch)
        return np.full_like(like, len(self.used))


def flat(x):
    return 0.0 * x.sum()


def draws(seed=0, shape=(4,), steps=5000, scale=2.0):
    """What the loop adds to gradients of 0."""
    run = descend(Noise(scale) | UNIT, flat, np.zeros(shape), steps, seed=seed)
    return -np.diff(run.trace.position, axis=0)


def test_draws_are_scaled_and_added():
    g, x = np.array([10.0, 20.0]), np.zeros(2)
    delta, _ = (Noise(0.5) | UNIT).step(x, g, (), key=Numbered())
    assert delta.tolist() == [-10.5, -20.5]
    halved = Noise(Exponential(1.0, rate=np.log(2))) | UNIT
    assert halved.step(x, g, (), 2, key=Numbered())[0].tolist() == [-10.25, -20.25]


def test_every_leaf_and_every_noise_has_its_own_draws():
    xs, key = [np.zeros(2)] * 3, Numbered()
    rule = Noise(1.0) | ClipValue(100.0) | Noise(1.0) | UNIT
    rule.step(xs, xs, (), key=key)
    assert len(set(key.used)) == 6
    # no source is both split and drawn from
    assert not any(a != b and b.startswith(a) for a in key.used for b in key.used)


def test_a_source_must_be_given():
    with pytest.raises(SlalomError, match="noise needs a source of random numbers: pass key="):
        (Noise(1.0) | Adam()).step(np.ones(2), np.ones(2), Adam().begin(np.ones(2)))


def test_the_loop_draws_a_standard_normal():
    """Moments, and no correlation from step to step or axis to axis, within 5 sigma."""
    n = draws() / 2
    count = n.size
    assert abs(n.mean()) < 5 / np.sqrt(count)
    assert abs((n**2).mean() - 1) < 5 * np.sqrt(2 / count)
    assert abs((n**3).mean()) < 5 * np.sqrt(15 / count)
    assert abs((n**4).mean() - 3) < 5 * np.sqrt(96 / count)
    assert abs((n[1:] * n[:-1]).mean()) < 5 / np.sqrt(count)
    assert abs((n[:, :2] * n[:, 2:]).mean()) < 5 / np.sqrt(count / 2)


def test_a_seed_repeats_to_the_bit_and_another_does_not():
    one, again, other = (draws(seed, steps=50) for seed in (3, 3, 4))
    assert np.array_equal(one, again)
    assert not np.any(one == other)


def test_the_leaves_of_a_tree_and_the_starts_draw_apart():
    tree = {"a": np.zeros(3), "b": np.zeros(3)}
    end = descend(Noise(1.0) | UNIT, lambda x: flat(x["a"]) + flat(x["b"]), tree, 5).position
    assert not np.any(end["a"] == end["b"])
    ends = descend(Noise(1.0) | UNIT, flat, starts=np.zeros((4, 3)), steps=5, path=False).position
    assert len(np.unique(ends)) == 12


def test_no_scale_no_noise():
    assert not np.any(draws(scale=0.0, steps=20))

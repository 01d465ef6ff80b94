"""Rules of one's own that need more than a gradient."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from slalom.descent import descend
from slalom.errors import SlalomError
from slalom.rules import ClipValue, Rule, hyper, namespace
from slalom.rules.leaves import dot
from slalom.rules.vocabulary import one, where

START = np.array([8.0, -4.0])


@dataclass(frozen=True)
class PolyakStep(Rule, name="polyak_step"):
    def update(self, g, state, loss):
        return -(loss / dot(g, g)) * g, state


@dataclass(frozen=True)
class Midpoint(Rule, name="midpoint"):
    coupled = True

    lr: float = hyper(0.25, "learning rate")

    def update(self, g, grad, state, x):
        return -self.lr * grad(x - self.lr * g), state


@dataclass(frozen=True)
class Halving(Rule, name="halving"):
    """The step against the gradient, halved until the loss falls."""

    coupled = True

    def update(self, g, loss, value, state, x):
        def tried(size):
            return where(value(x - size * g) < loss, size, size / 2)

        size = one(x)
        for _ in range(4):
            size = tried(size)
        return -size * g, state


@dataclass(frozen=True)
class Newton(Rule, name="newton"):
    """Along the gradient to the minimum of the parabola, by the curvature there."""

    coupled = True

    def update(self, g, hvp, state):
        return -(dot(g, g) / dot(g, hvp(g))) * g, state


@dataclass(frozen=True)
class Shaken(Rule, name="shaken"):
    """Steps of one size in drawn directions, each component by itself."""

    def update(self, g, key, state):
        return key.signs(g), state


class Counted(NamedTuple):
    steps: object


@dataclass(frozen=True)
class Counting(Rule, name="counting"):
    def init(self, x):
        return Counted(namespace(x).zeros((), dtype=namespace(x).int32))

    def update(self, g, state):
        return -g, Counted(state.steps + 1)


def bowl(x):
    return 1.5 * (x * x).sum()


@pytest.mark.parametrize("rule", [PolyakStep(), ClipValue(1e9) | PolyakStep()], ids=repr)
@pytest.mark.parametrize("path", [True, False])
def test_the_loss(rule, path):
    """f / |g|² g of ½ c |x|² is x/2: every step halves."""
    run = descend(rule, bowl, START, 6, path=path)
    np.testing.assert_allclose(run.position, START / 2**6, rtol=1e-13)
    many = descend(rule, bowl, starts=np.array([START, 3 * START]), steps=6, path=path)
    np.testing.assert_allclose(many.position, [START / 64, 3 * START / 64], rtol=1e-13)


@pytest.mark.parametrize("path", [True, False])
def test_a_gradient_elsewhere(path):
    """On ½ c x², with h = lr c, a step multiplies x by 1 - h (1 - h)."""
    factor = 1 - 0.75 * (1 - 0.75)
    run = descend(Midpoint(), bowl, START, 6, path=path)
    np.testing.assert_allclose(run.position, START * factor**6, rtol=1e-13)


@pytest.mark.parametrize("path", [True, False])
def test_the_loss_elsewhere(path):
    """On ½ 3 x² a step of size s multiplies x by 1 - 3 s: the first with |1 - 3 s| < 1 is 1/2."""
    run = descend(Halving(), bowl, START, 3, path=path)
    np.testing.assert_allclose(run.position, START * (1 - 3 / 2) ** 3, rtol=1e-13)


@pytest.mark.parametrize("path", [True, False])
def test_the_curvature(path):
    """The best step along the gradient (Cauchy's) on a bowl of one curvature finds its bottom."""
    start = {"a": np.array([8.0, -4.0]), "b": np.array(3.0)}
    run = descend(Newton(), lambda p: bowl(p["a"]) + bowl(p["b"]), start, 1, path=path)
    np.testing.assert_allclose(run.position["a"], [0, 0], atol=1e-14)
    np.testing.assert_allclose(run.position["b"], 0, atol=1e-14)


def test_a_source_of_draws():
    walk = descend(Shaken(), bowl, np.zeros(4), 50, seed=1).trace.position
    steps = np.diff(walk, axis=0)
    assert set(np.unique(steps)) == {-1.0, 1.0}
    assert len(np.unique(steps, axis=0)) > 10  # of the 16 there are
    again = descend(Shaken(), bowl, np.zeros(4), 50, seed=1).trace.position
    assert np.array_equal(walk, again)


def test_an_unknown_argument_is_refused_with_its_class():
    with pytest.raises(
        SlalomError, match=r"Own\.update: unknown argument 'los'; did you mean loss"
    ):

        @dataclass(frozen=True)
        class Own(Rule, name="own"):
            def update(self, g, state, los):
                return g, state


def test_a_state_may_hold_a_count():
    run = descend(Counting(), lambda x: -(x**4).sum() / 4, [3.0], 9, states=True)
    assert run.outcome.kind == "diverged"
    assert run.data["state.steps"].values.tolist() == list(range(10))
    assert run.data["state.steps"].dtype == np.int32

"""Rules of one's own that need more than a gradient."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from slalom.descent import descend
from slalom.errors import SlalomError
from slalom.rules import ClipValue, Rule, hyper, namespace

START = np.array([8.0, -4.0])


@dataclass(frozen=True)
class PolyakStep(Rule, name="polyak_step"):
    needs = frozenset({"loss"})

    def update(self, g, state, x, t, loss):
        return -(loss / namespace(g).sum(g * g)) * g, state


@dataclass(frozen=True)
class Midpoint(Rule, name="midpoint"):
    needs = frozenset({"closure"})
    lr: float = hyper(0.25, "learning rate")

    def update(self, g, state, x, t, closure):
        _, ahead = closure(x - self.lr * g)
        return -self.lr * ahead, state


@dataclass(frozen=True)
class Clairvoyant(Rule, name="clairvoyant"):
    needs = frozenset({"future"})

    def update(self, g, state, x, t, future):
        return g, state


class Counted(NamedTuple):
    steps: object


@dataclass(frozen=True)
class Counting(Rule, name="counting"):
    def init(self, x):
        return Counted(namespace(x).zeros((), dtype=namespace(x).int32))

    def update(self, g, state, x, t):
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
def test_the_closure(path):
    """On ½ c x², with h = lr c, a step multiplies x by 1 - h (1 - h)."""
    factor = 1 - 0.75 * (1 - 0.75)
    run = descend(Midpoint(), bowl, START, 6, path=path)
    np.testing.assert_allclose(run.position, START * factor**6, rtol=1e-13)


def test_a_need_that_nothing_can_meet():
    with pytest.raises(SlalomError, match="unknown need 'future'; known are closure, key, loss"):
        descend(Clairvoyant(), bowl, START, 2)


def test_a_state_may_hold_a_count():
    run = descend(Counting(), lambda x: -(x**4).sum() / 4, [3.0], 9, states=True)
    assert run.outcome.kind == "diverged"
    assert run.data["state.steps"].values.tolist() == list(range(10))
    assert run.data["state.steps"].dtype == np.int32

"""COCOB: a bet on each component of the parameters, without a rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import Entry, optax, paper
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import copied, full, larger, zeros

ENTRIES = {
    "init_particles": "x1",
    "cumulative_gradients": "C",
    "scale": "L",
    "subgradients": "G",
    "reward": "R",
}


class COCOBState(NamedTuple):
    """Shaped like the parameters, all of them."""

    x1: Array
    """the first iterate"""
    L: Array
    """the largest size of the gradient so far"""
    G: Array
    """the sum of these sizes"""
    R: Array
    """the reward of all bets"""
    C: Array
    """minus the sum of the gradients"""


@dataclass(frozen=True)
class COCOB(Rule, name="cocob"):
    """Continuous coin betting: a share of what was won so far is put on each component.

        L = max(L, |g|)
        G = G + |g|
        R = max(R - g (x - x1), 0)
        C = C - g
        x = x1 + C / (L max(G + L, alpha L)) (L + R)

    from L = eps, with x1 the first iterate. There is no rate, and gradients in another unit make
    the same steps. alpha bounds the first steps. As x is set from x1, what scales or shifts a
    step around this rule has little effect on the next.

    Source: Orabona & Tommasi, "Training deep networks without learning rates through coin
    betting", 2017, arXiv 1705.07795.
    """

    known = (
        paper(),
        optax(
            "contrib.cocob",
            entries=lambda rule: [Entry("COCOBState", *names) for names in ENTRIES.items()],
            unmatched=("learning_rate",),
            decay="coupled",
            departs="learning_rate is a factor of the gradients, of whose unit the steps do not "
            "depend",
        ),
    )

    alpha: Number = hyper(100.0, "the share of a first bet is 1 / alpha", "(0, inf)")
    eps: Number = hyper(1e-8, "the size of gradients before the first", "(0, inf)")

    def init(self, x):
        return COCOBState(copied(x), full(x, self.eps), zeros(x), zeros(x), zeros(x))

    def update(self, g, state, x):
        L = larger(state.L, abs(g))
        G = state.G + abs(g)
        R = larger(state.R - g * (x - state.x1), 0)
        C = state.C - g
        # two quotients of the order of 1: the product of L with itself might underflow
        aim = state.x1 + (C / L) * ((L + R) / larger(G + L, self.alpha * L))
        return aim - x, COCOBState(state.x1, L, G, R, C)

"""Lookahead: slow weights that follow fast ones now and then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..counterpart import ASKED, optax, paper
from ..leaves import Leaves
from ..value import convention, hyper
from ..vocabulary import Number, copied, where
from ..wrapper import Wrapper


class LookaheadState(NamedTuple):
    """The slow weights, shaped like the parameters."""

    slow: Leaves


@dataclass(frozen=True)
class Lookahead(Wrapper, name="lookahead"):
    """Lets the rule inside explore, and every few steps goes back part of the way.

        x by the rule inside
        where t mod every = 0:  slow = slow + share (x - slow),  x = slow

    from slow = x at the start. The state of the rule inside goes on as it is. The paper judges
    the slow weights (`judge=slow`), most code the fast ones; every `every` steps they are equal.

    Source: Zhang, Lucas, Hinton & Ba, "Lookahead optimizer: k steps forward, 1 step back", 2019,
    arXiv 1907.08610.
    """

    known = (
        paper(judge="slow"),
        optax(
            "lookahead",
            {"sync_period": "every", "slow_step_size": "share"},
            defaults={"every": ASKED, "share": ASKED},
            unmatched=("fast_optimizer", "reset_state"),
        ),
    )

    shown_bare = 2

    every: Number = hyper(5, "steps between two moves of the slow weights", "[1, inf)")
    share: Number = hyper(0.5, "share of the way that the slow weights go", "[0, 1]")
    judge: str = convention("fast", "which weights are judged", ("fast", "slow"))

    def init(self, x):
        return LookaheadState(copied(x))

    def update(self, state, x, t, step):
        fast, now = x + step(), t % self.every == 0
        slow = where(now, state.slow + self.share * (fast - state.slow), state.slow)
        return where(now, slow, fast) - x, LookaheadState(slow)

    def evaluate(self, x, state):
        return state.slow if self.judge == "slow" else x

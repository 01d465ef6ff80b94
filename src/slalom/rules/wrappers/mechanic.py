"""Mechanic: the length of the walk of another rule, learned while it walks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..counterpart import optax, paper
from ..leaves import Array, Leaves, dot, namespace, norm, total
from ..value import convention, hyper
from ..vocabulary import Number, copied, larger, one, smaller, sqrt
from ..wrapper import Wrapper


class MechanicState(NamedTuple):
    """The first iterate, and four arrays of one number for each decay, shared by all leaves."""

    x1: Leaves
    """the first iterate"""
    s: Array
    """the factors, whose sum scales the walk"""
    m: Array
    """the largest |h| of late"""
    v: Array
    """sums of h²"""
    r: Array
    """what the bets have won"""


@dataclass(frozen=True)
class Mechanic(Wrapper, name="mechanic"):
    """Scales all that the rule inside has walked by a factor, so that its rate need not be tuned.

        S = sum(s);  D = (x1 - x) / (S + eps)
        h = dot(g + weight_decay S norm(g) / (norm(x) + eps) x, D)
        k = min(max(h, -m), m)
        m = max(b m, |h| + eps);  v = b² v + h²;  r = b r + k s
        s = (s_init / n m + max(0, r)) / (sqrt(v) + eps)
        x = x1 - sum(s) (D - u)

    where u is the step of the rule inside for g, x1 the first iterate, and m, v, r and s have one
    number for each of the n decays b = 0.9, 0.99, … The rule inside walks D, and the iterate is
    x1 - S D. Its rate sets the unit only: `mechanic() | sgd(lr=1)`. Schedules belong inside, and
    so does decay beside this one: `mechanic() | weight_decay(0.1) | sgd(lr=1)`. D is a difference
    of iterates over S: in float32 it has few digits while S is near s_init.

    Source: Cutkosky, Defazio & Mehta, "Mechanic: a learning rate tuner", 2023, arXiv 2306.00144.
    """

    shown_bare = 0

    known = (
        paper(),
        optax("contrib.mechanize", {"num_betas": "betas"}, unmatched=("base_optimizer",)),
    )

    weight_decay: Number = hyper(0.01, "pull of the weights, as the factor sees it")
    s_init: Number = hyper(1e-6, "the first factor, of each decay", "(0, inf)")
    eps: Number = hyper(1e-8, "keeps denominators from 0")
    betas: int = convention(6, "how many decays there are", range(1, 20))

    def init(self, x):
        nothing = 0 * self._decays(x)
        first = nothing + self.s_init
        return MechanicState(copied(x), first, copied(nothing), copied(nothing), nothing)

    def update(self, g, state, x, step):
        x1, s, m, v, r = state
        u, b, whole = step(), self._decays(x), total(s)
        walked = (x1 - x) / (whole + self.eps)
        pull = self.weight_decay * whole * norm(g) / (norm(x) + self.eps)
        h = dot(g + pull * x, walked)
        bet = smaller(larger(h, -m), m) * s
        m = larger(b * m, abs(h) + self.eps)
        v = b * b * v + h * h
        r = b * r + bet
        s = (self.s_init / self.betas * m + larger(r, 0)) / (sqrt(v) + self.eps)
        return x1 - total(s) * (walked - u) - x, MechanicState(x1, s, m, v, r)

    def _decays(self, x):
        """0.9, 0.99 and so on, shape (betas,)."""
        unit = one(x)
        return namespace(unit).stack([(1 - 0.1 ** (i + 1)) * unit for i in range(self.betas)])

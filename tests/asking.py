"""Small rules, each of which asks a loop for something beyond the gradient at the iterate."""

from dataclasses import dataclass
from typing import NamedTuple

from slalom import hyper
from slalom.rules import Rule
from slalom.rules.leaves import dot, norm
from slalom.rules.vocabulary import larger, one


@dataclass(frozen=True)
class ByLoss(Rule, name="by_loss"):
    """Polyak's step towards a loss of 0: asks for the loss."""

    coupled = True
    share: float = hyper(1.0, "share of Polyak's step")

    def update(self, g, loss, state):
        return -self.share * loss / dot(g, g) * g, state


@dataclass(frozen=True)
class Halving(Rule, name="halving"):
    """A step that is halved until the loss falls: asks for the loss at other points."""

    coupled = True
    lr: float = hyper(1.0, "the longest step")

    def update(self, g, loss, value, x, state):
        rate = self.lr
        while value(x - rate * g) >= loss:
            rate /= 2
        return -rate * g, state


@dataclass(frozen=True)
class Along(Rule, name="along"):
    """A step to the minimum of the parabola along the gradient: asks for a Hessian product."""

    coupled = True
    lr: float = hyper(1.0, "share of the step")

    def update(self, g, hvp, state):
        return -self.lr * dot(g, g) / dot(g, hvp(g)) * g, state


@dataclass(frozen=True)
class Diagonal(Rule, name="diagonal"):
    """Newton's step by an estimate of the Hessian's diagonal: asks for a product and for signs."""

    coupled = True
    lr: float = hyper(1.0, "share of the step")

    def update(self, g, hvp, key, state):
        u = key.signs(g)
        return -self.lr * g / larger(abs(u * hvp(u)), 1e-3), state


class Longest(NamedTuple):
    longest: object


@dataclass(frozen=True)
class Ascent(Rule, name="ascent"):
    """The gradient of a point uphill, in units of the longest so far, one number for all leaves."""

    coupled = True
    lr: float = hyper(0.05, "length of a step")

    def init(self, x):
        return Longest(0 * one(x))

    def update(self, g, grad, x, state):
        uphill = grad(x + 0.01 * g / larger(norm(g), 1e-6))
        longest = larger(state.longest, norm(uphill))
        return -self.lr * uphill / larger(longest, 1e-6), Longest(longest)

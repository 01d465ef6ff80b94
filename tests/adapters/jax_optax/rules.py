"""Small rules of every kind, whose steps are known in closed form or from Optax itself."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from slalom import hyper
from slalom.rules import Rule, Wrapper
from slalom.rules.leaves import dot, total
from slalom.rules.vocabulary import copied, ema, larger, one, quotient, sqrt, where, zeros


class ProdigyState(NamedTuple):
    m: Any
    v: Any
    s: Any
    x1: Any
    d: Any
    k: Any


@dataclass(frozen=True)
class Distance(Rule, name="distance"):
    """Prodigy of the form that Optax has: with the correction of Adam, without decay."""

    coupled = True

    lr: float = hyper(1.0, "learning rate")
    d0: float = hyper(1e-6, "the first estimate of the distance to the minimum")
    eps: float = hyper(1e-8, "keeps the denominator from 0")

    def init(self, x):
        return ProdigyState(zeros(x), zeros(x), zeros(x), copied(x), self.d0 * one(x), 0 * one(x))

    def update(self, g, state, x, t):
        beta1, beta2, beta3, d = 0.9, 0.999, 0.999**0.5, state.d
        rate = self.lr * d * sqrt(1 - beta2**t) / (1 - beta1**t)
        k = beta3 * state.k + d / self.d0 * rate * dot(g, state.x1 - x)
        s = beta3 * state.s + d / self.d0 * rate * g
        m, v = ema(beta1, state.m, d * g), ema(beta2, state.v, d * d * g * g)
        d = larger(d, quotient(k, total(abs(s))))
        return -rate * m / (sqrt(v) + d * self.eps), ProdigyState(m, v, s, state.x1, d, k)


@dataclass(frozen=True)
class Foresight(Rule, name="foresight"):
    """Steps by the gradient one step ahead."""

    coupled = True
    lr: float = hyper(0.1, "learning rate")

    def update(self, g, grad, state, x):
        return -self.lr * grad(x - self.lr * g), state


@dataclass(frozen=True)
class Polyak(Rule, name="polyak_by_hand"):
    """Polyak's step for a minimum of height 0."""

    coupled = True

    def update(self, g, loss, state):
        return -loss / dot(g, g) * g, state


@dataclass(frozen=True)
class Steepest(Rule, name="steepest"):
    """Steepest descent with the step that minimises a quadratic along the gradient."""

    coupled = True

    def update(self, g, hvp, state):
        return -dot(g, g) / dot(g, hvp(g)) * g, state


@dataclass(frozen=True)
class Halving(Rule, name="halving"):
    """The gradient, or half of it where the whole leads up."""

    coupled = True

    def update(self, g, loss, value, state, x):
        return where(value(x - g) < loss, -g, -0.5 * g), state


@dataclass(frozen=True)
class Pull(Wrapper, name="pull"):
    """Adds the parameters to every gradient."""

    def gradient(self, g, x):
        return g + x


class Seen(NamedTuple):
    x: Any
    g: Any
    again: Any


@dataclass(frozen=True)
class Holding(Rule, name="holding"):
    """Remembers the very arrays that it is given, one of them twice."""

    def init(self, x):
        return Seen(x, x, x)

    def update(self, g, state, x):
        return -0.1 * g, Seen(x, g, x)


class Told(NamedTuple):
    mean: Any
    """of each row; None for a vector"""
    sums: Any
    """over each axis, of the last gradient; () for a vector"""


@dataclass(frozen=True)
class Rows(Rule, name="rows"):
    """Steps by an average of the rows' means; a vector by its gradient."""

    def init(self, x):
        if x.ndim == 1:
            return Told(None, ())
        return Told(0 * x.mean(axis=1), (0 * x.sum(axis=0), 0 * x.sum(axis=1)))

    def update(self, g, state):
        if state.mean is None:
            return -g, state
        mean = ema(0.5, state.mean, g.mean(axis=1))
        return -mean[:, None] + 0 * g, Told(mean, (g.sum(axis=0), g.sum(axis=1)))

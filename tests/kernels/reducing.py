"""Rules whose steps need sums and largest elements of the whole leaf."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from slalom.rules import Rule, hyper, namespace


class Moments(NamedTuple):
    m: Any
    v: Any


def total(a):
    return namespace(a).sum(a)


def norm(a):
    return namespace(a).sqrt(total(a * a))


@dataclass(frozen=True)
class Lamb(Rule, name="layerwise_adam"):
    """You et al., 2020: a step as long as the parameter, in the direction of Adam's."""

    lr: float = hyper(0.1, "learning rate")
    beta1: float = hyper(0.9, "decay")
    beta2: float = hyper(0.99, "decay")
    weight_decay: float = hyper(0.01, "decay of weights")

    def init(self, x):
        return Moments(0 * x, 0 * x)

    def update(self, g, state, x, t):
        xp = namespace(x)
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g * g
        u = m / (1 - self.beta1**t) / (xp.sqrt(v / (1 - self.beta2**t)) + 1e-6)
        u = u + self.weight_decay * x
        trust = xp.where(norm(u) > 0, norm(x) / norm(u), xp.ones_like(norm(u)))
        return -self.lr * trust * u, Moments(m, v)


@dataclass(frozen=True)
class Clipped(Rule, name="clipped_momentum"):
    """Pascanu et al., 2013: reads the gradient alone before it steps."""

    lr: float = hyper(0.1, "learning rate")
    limit: float = hyper(1.0, "largest norm")

    def init(self, x):
        return (0 * x,)

    def update(self, g, state):
        xp, one = namespace(g), namespace(g).ones_like(norm(g))
        v = 0.9 * state[0] + g * xp.minimum(one, self.limit / norm(g))
        return -self.lr * v, (v,)


@dataclass(frozen=True)
class NovoGrad(Rule, name="layerwise_scale"):
    """Ginsburg et al., 2019: a scalar of the state for each leaf, which follows a sum."""

    lr: float = hyper(0.1, "learning rate")

    def init(self, x):
        return Moments(0 * x, total(0 * x))

    def update(self, g, state):
        v = 0.9 * state.v + 0.1 * total(g * g)
        m = 0.9 * state.m + g / (namespace(g).sqrt(v) + 1e-8)
        return -self.lr * m, Moments(m, v)


@dataclass(frozen=True)
class Scaled(Rule, name="scaled"):
    """Four passes: a mean, the largest deviation from it, the smallest of what that scales."""

    lr: float = hyper(0.1, "learning rate")

    def update(self, g, state):
        xp = namespace(g)
        u = g - xp.mean(g)
        u = u / xp.max(xp.abs(u))
        return -self.lr * (u - xp.min(u)) / g.size, state


RULES = {rule.name: rule for rule in (Lamb(), Clipped(), NovoGrad(), Scaled())}
PASSES = {"layerwise_adam": 2, "clipped_momentum": 2, "layerwise_scale": 2, "scaled": 4}

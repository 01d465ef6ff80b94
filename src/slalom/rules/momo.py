"""MoMo: momentum whose rate is Polyak's, for a model of the loss made of averages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from .counterpart import Entry, optax, paper
from .leaves import Array, Leaves, dot, norm
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, larger, one, quotient, smaller, sqrt, where, zeros


class MoMoState(NamedTuple):
    """An average shaped like the parameters, and numbers that all of them share."""

    m: Leaves
    """of `g`"""
    F: Array
    """the average of the loss"""
    c: Array
    """the average of `dot(g, x)`"""
    tau: Array
    """the rate of the last step"""
    lower: Array | None
    """the bound of the loss from below, where it is adaptive"""


class MoMoAdamState(NamedTuple):
    """Averages shaped like the parameters, and numbers that all of them share."""

    m: Leaves
    """of `g`"""
    v: Leaves
    """of `g²`"""
    F: Array
    """the average of the loss"""
    c: Array
    """the average of `dot(g, x)`"""
    tau: Array
    """the rate of the last step"""
    lower: Array | None
    """the bound of the loss from below, where it is adaptive"""


@dataclass(frozen=True)
class MoMo(Rule, name="momo"):
    """Momentum whose rate brings a model of the loss down to a lower bound, at most lr.

        F = momentum F + (1 - momentum) f        the loss at x on the batch of g
        m = momentum m + (1 - momentum) g
        c = momentum c + (1 - momentum) dot(g, x)
        k = 1 + lr weight_decay;  h = dot(m, x)
        tau = min(lr, max(k (F - lower - c) + h, 0) / norm(m)²)
        x = x / k - tau m

    with f, g and dot(g, x) themselves at the first step. Products and norms are those of all
    parameters together. The decay is proximal and enters tau. `adaptive` begins with lower and
    learns the bound:

        if k (F - c) + h < k lower:  lower = max((k (F - c) + h) / (2 k), first lower)
        after the step:  lower = max(F + h - c - tau norm(m)² / 2, first lower)

    Optax takes no step where norm(m)² is below 2e-16.

    Source: Schaipp, Ohana, Eickenberg, Defazio & Gower, "MoMo: momentum models for adaptive
    learning rates", 2023, arXiv 2305.07583.
    """

    known = (
        paper(),
        optax(
            "contrib.momo",
            {
                "learning_rate": "lr",
                "beta": "momentum",
                "lower_bound": "lower",
                "adapt_lower_bound": "adaptive",
            },
            entries=lambda rule: _in_optax("MomoState", {"exp_avg": "m"}, rule),
        ),
    )

    coupled = True

    lr: Number = hyper(1.0, "the largest rate")
    momentum: Number = hyper(0.9, "decay of the averages", "[0, 1)")
    lower: Number = hyper(0.0, "a bound of the loss from below", "(-inf, inf)")
    weight_decay: Number = hyper(0.0, "pull of the weights, inside the model of the loss")
    adaptive: bool = convention(False, "learn the bound of the loss")

    def init(self, x):
        none = 0 * one(x)
        lower = none + self.lower if self.adaptive else None
        return MoMoState(zeros(x), none, 0 * one(x), 0 * one(x), lower)

    def update(self, g, loss, state, x, t):
        b = where(t == 1, 0 * one(x), self.momentum)
        F = ema(b, state.F, loss)
        m = ema(b, state.m, g)
        c = ema(b, state.c, dot(g, x))
        found = _Model(self, 1.0, F, c, dot(m, x), state.lower)
        length = norm(m)
        # divided twice, since the square may overflow
        tau = smaller(self.lr, quotient(quotient(found.drop, length), length))
        after = MoMoState(m, F, c, tau, found.bound(tau * length * length))
        return x / found.k - x - tau * m, after

    def rate(self, after):
        return after.tau


@dataclass(frozen=True)
class MoMoAdam(Rule, name="momo_adam"):
    """Adam whose rate brings a model of the loss down to a lower bound, at most lr.

        F = beta1 F + (1 - beta1) f              the loss at x on the batch of g
        m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g²
        c = beta1 c + (1 - beta1) dot(g, x)
        D = eps + sqrt(v / (1 - beta2^t));  e = 1 - beta1^t
        k = 1 + lr weight_decay;  h = dot(m, x)
        tau = min(lr / e, max(k (F - e lower - c) + h, 0) / dot(m, m / D))
        x = x / k - tau m / D

    F, m and c are not corrected: e makes up for it in both places. Products are those of all
    parameters together. The decay is proximal and enters tau. `adaptive` learns the bound as
    `momo` does, with e lower in place of lower.

    Optax takes no step where dot(m, m / D) is below 2e-16.

    Source: Schaipp, Ohana, Eickenberg, Defazio & Gower, "MoMo: momentum models for adaptive
    learning rates", 2023, arXiv 2305.07583.
    """

    known = (
        paper(),
        optax(
            "contrib.momo_adam",
            {
                "learning_rate": "lr",
                "b1": "beta1",
                "b2": "beta2",
                "lower_bound": "lower",
                "adapt_lower_bound": "adaptive",
            },
            entries=lambda rule: _in_optax(
                "MomoAdamState", {"exp_avg": "m", "exp_avg_sq": "v"}, rule
            ),
        ),
    )

    coupled = True

    lr: Number = hyper(0.01, "the largest rate")
    beta1: Number = hyper(0.9, "decay of the averages", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    lower: Number = hyper(0.0, "a bound of the loss from below", "(-inf, inf)")
    weight_decay: Number = hyper(0.0, "pull of the weights, inside the model of the loss")
    adaptive: bool = convention(False, "learn the bound of the loss")

    def init(self, x):
        none = 0 * one(x)
        lower = none + self.lower if self.adaptive else None
        return MoMoAdamState(zeros(x), zeros(x), none, 0 * one(x), 0 * one(x), lower)

    def update(self, g, loss, state, x, t):
        F = ema(self.beta1, state.F, loss)
        m = ema(self.beta1, state.m, g)
        v = ema(self.beta2, state.v, g * g)
        c = ema(self.beta1, state.c, dot(g, x))
        D = self.eps + sqrt(debias(v, self.beta2, t))
        e = 1 - self.beta1**t
        found = _Model(self, e, F, c, dot(m, x), state.lower)
        square = dot(m, quotient(m, D))
        tau = smaller(self.lr, e * quotient(found.drop, square)) / e
        after = MoMoAdamState(m, v, F, c, tau, found.bound(tau * square))
        return x / found.k - x - tau * quotient(m, D), after

    def rate(self, after):
        return after.tau


class _Model:
    """The model of the loss at one step: how far it may drop, and the bound that it leaves.

    Args:
        rule: with lr, lower, weight_decay and adaptive.
        e: the sum of the weights in the averages.
        F: the average of the loss.
        c: the average of `dot(g, x)`.
        h: `dot(m, x)`.
        lower: the bound that was learned, or None.
    """

    def __init__(self, rule: MoMo | MoMoAdam, e: Any, F: Any, c: Any, h: Any, lower: Any):
        self._rule, self._e, self._height = rule, e, F - c + h
        self.k = 1 + rule.lr * rule.weight_decay
        cap = self.k * (F - c) + h
        if rule.adaptive:
            halved = larger(cap / (2 * e * self.k), rule.lower)
            lower = where(cap < self.k * e * lower, halved, lower)
        else:
            lower = rule.lower
        self.drop = larger(cap - self.k * e * lower, 0)

    def bound(self, fall: Any) -> Any:
        """The bound of the loss after a step: None where it is not learned."""
        if not self._rule.adaptive:
            return None
        return larger((self._height - fall / 2) / self._e, self._rule.lower)


def _in_optax(kind: str, averages: dict[str, str], rule: MoMo | MoMoAdam) -> list[Entry]:
    names = {**averages, "barf": "F", "gamma": "c"}
    if rule.adaptive:
        names["lb"] = "lower"
    return [Entry(kind, theirs, ours) for theirs, ours in names.items()]

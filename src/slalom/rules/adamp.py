"""AdamP: Adam that lets the norms of scale-invariant weights be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from .adam import BETAS, MOMENTS
from .counterpart import kozistr, paper, timm
from .leaves import Array, namespace
from .linear_algebra import input_axes
from .norms import norm_along
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, larger, one, root, where, zeros


class AdamPState(NamedTuple):
    """Averages shaped like the parameters."""

    m: Array
    """of `g`"""
    v: Array
    """of `g²`"""


@dataclass(frozen=True)
class AdamP(Rule, name="adamp"):
    """Adam whose steps do not lengthen weights that only a norm follows.

        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) g²
        u = m / (sqrt(v / (1 - beta2^t)) + eps)
        x = (1 - lr weight_decay) x - lr / (1 - beta1^t) u

    Where a layer's scale does not matter to the loss, its gradient stands at a right angle to the
    weights. So for matrices, first for the weights of each output and then for all together: if
    every

        |dot(g, x)| / (norm(g) norm(x)) < delta / sqrt(number of weights)

    then u loses its part along x, `u -= p dot(p, u)` with `p = x / (norm(x) + eps)`, and the decay
    is wd_ratio of itself. `nesterov` steps by `beta1 m + (1 - beta1) g` in place of m.
    pytorch_optimizer adds eps to sqrt(v), before the correction (`eps_hat`).

    Source: Heo et al., "AdamP: slowing down the slowdown for momentum optimizers on
    scale-invariant weights", 2020, arXiv 2006.08217.
    """

    known = (
        paper(),
        timm("AdamP", BETAS, unmatched=("caution",), entries=MOMENTS),
        kozistr(
            "AdamP",
            BETAS,
            conventions={"eps_hat": True},
            unmatched=("weight_decouple", "fixed_decay"),
            entries=MOMENTS,
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator, and norms, from 0")
    weight_decay: Number = hyper(0.0, "pull of the weights, times the rate")
    delta: Number = hyper(0.1, "the largest cosine of a right angle, of one weight")
    wd_ratio: Number = hyper(0.1, "share of the decay where u was projected", "[0, 1]")
    nesterov: bool = convention(False, "look ahead by the average")
    eps_hat: bool = convention(False, "add eps to sqrt(v), before the bias correction")

    def init(self, x):
        return AdamPState(zeros(x), zeros(x))

    def update(self, g, state, x, t, leaf):
        m = ema(self.beta1, state.m, g)
        v = ema(self.beta2, state.v, g * g)
        ahead = ema(self.beta1, m, g) if self.nesterov else m
        correction = 1 - self.beta2**t
        if self.eps_hat:
            u = ahead * correction**0.5 / root(v, self.eps, inside=False)
        else:
            u = ahead / root(v / correction, self.eps, inside=False)
        share = 1.0
        if len(leaf.shape) > 1:
            u, share = self._projected(u, g, x, input_axes(leaf))
        step = debias(self.lr, self.beta1, t) * u
        return -(self.lr * self.weight_decay * share * x + step), AdamPState(m, v)

    def _projected(self, u, g, x, inputs):
        """The step without its part along the weights, where that is to go; what is left of 1."""
        by_output, of_outputs = self._across(u, g, x, inputs)
        of_all, together = self._across(u, g, x, tuple(range(len(x.shape))))
        found = where(of_outputs, by_output, where(together, of_all, u))
        return found, where(of_outputs | together, self.wd_ratio * one(x), one(x))

    def _across(self, u, g, x, axes):
        """The step without its part along x, and whether g stands at a right angle to x."""
        xp = namespace(x)

        def along(a, b):
            return xp.sum(a * b, axis=axes, keepdims=True)

        length = norm_along(x, axes)
        below = larger(norm_along(g, axes), self.eps) * larger(length, self.eps)
        count = max(1, math.prod(x.shape[axis] for axis in axes))
        is_across = xp.all(abs(along(g, x)) / below < self.delta / count**0.5)
        p = x / (length + self.eps)
        return u - p * along(p, u), is_across

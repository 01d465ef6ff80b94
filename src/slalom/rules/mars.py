"""MARS: gradients with less variance, by the difference from the gradient before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import kozistr, paper, timm
from .leaves import Array, norm
from .linear_algebra import matrix, unmatrix
from .newton_schulz import newton_schulz
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import copied, debias, ema, larger, sign, sqrt, where, zeros


class MARSState(NamedTuple):
    """Arrays shaped like the parameters; a part that the rule does not use is None."""

    m: Array
    """the average of c"""
    v: Array | None
    """the average of c², where steps are Adam's"""
    last: Array
    """the gradient of the step before"""


@dataclass(frozen=True)
class MARS(Rule, name="mars"):
    """Adam, Lion or Muon of a gradient that is corrected by how it has changed.

        c = g + gamma beta1 / (1 - beta1) (g - last)
        c = c / max(1, norm(c))
        m = beta1 m + (1 - beta1) c
        v = beta2 v + (1 - beta2) c²
        x -= lr m̂ / (sqrt(v̂) + eps)
        last = g

    with m̂ = m / (1 - beta1^t), v̂ = v / (1 - beta2^t), and the norm of one array of parameters.
    `base` says what becomes of m: `adamw` is the step above; `lion` is `x -= lr sign(m)`;
    `shampoo` is `x -= lr sqrt(max(1, rows / columns)) newton_schulz(m / (1 - beta1))`, Adam's
    step for vectors. The first gradient is compared with 0, in the paper and in timm with itself
    (`first=same`). pytorch_optimizer adds eps to sqrt(v) (`eps_hat`), and 1e-15 below that root.

    The paper's exact form compares with the gradient of this batch at the iterate before; this is
    its approximate one. The authors step vectors by AdamW:
    `partition(matrices=mars(), rest=adamw(0.003, beta2=0.95, weight_decay=0.1))`.

    Source: Yuan et al., "MARS: unleashing the power of variance reduction for training large
    models", 2024, arXiv 2411.10438.
    """

    known = (
        paper(first="same"),
        timm(
            "Mars",
            {"betas": ("beta1", "beta2"), "mars_type": "base"},
            defaults={"beta1": 0.9},
            conventions={"first": "same"},
            unmatched=("optimize_1d", "lr_1d_factor", "betas_1d", "caution"),
            entries={"exp_avg": "m", "exp_avg_sq": "v", "last_grad": "last"},
            decay="decoupled",
            departs="without optimize_1d, the default, vectors go by AdamW with the betas betas_1d",
        ),
        kozistr(
            "MARS",
            {"betas": ("beta1", "beta2"), "mars_type": "base"},
            defaults={"eps_root": 1e-15},
            conventions={"eps_hat": True},
            unmatched=(
                *("optimize_1d", "lr_1d", "betas_1d", "weight_decay_1d", "weight_decouple"),
                *("fixed_decay", "ams_bound", "cautious"),
            ),
            entries={"exp_avg": "m", "exp_avg_sq": "v", "last_grad": "last"},
            decay="decoupled",
            departs="without optimize_1d, the default, vectors go by AdamW with its …_1d; "
            "base=shampoo iterates in bfloat16",
        ),
    )

    updates = ("update", "update_matrix")

    lr: Number = hyper(0.003, "learning rate")
    beta1: Number = hyper(0.95, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.99, "decay of the mean square", "[0, 1)")
    gamma: Number = hyper(0.025, "strength of the correction", "[0, inf)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    eps_root: Number = hyper(0.0, "added to v, below its root")
    base: str = convention("adamw", "what becomes of m", ("adamw", "lion", "shampoo"))
    first: str = convention("zero", "what the first gradient is compared with", ("zero", "same"))
    eps_hat: bool = convention(False, "add eps to sqrt(v), before the bias correction")

    @property
    def formula(self):
        return "update_matrix" if self.base == "shampoo" else "update"

    def init(self, x):
        is_adam = self.base == "adamw" or (self.base == "shampoo" and len(x.shape) < 2)
        return MARSState(zeros(x), zeros(x) if is_adam else None, zeros(x))

    def update(self, g, state, t):
        c = self._corrected(g, state.last, t)
        m = ema(self.beta1, state.m, c)
        if self.base == "lion":
            return -self.lr * sign(m), MARSState(m, None, copied(g))
        v = ema(self.beta2, state.v, c * c)
        correction = 1 - self.beta2**t
        if self.eps_hat:
            below = (sqrt(v + self.eps_root) + self.eps) / correction**0.5
        else:
            below = sqrt(v / correction + self.eps_root) + self.eps
        return -debias(self.lr, self.beta1, t) * m / below, MARSState(m, v, copied(g))

    def update_matrix(self, g, state, t, leaf):
        if len(leaf.shape) < 2:
            return self.update(g, state, t)
        m = ema(self.beta1, state.m, self._corrected(g, state.last, t))
        M = matrix(m / (1 - self.beta1), leaf)
        rows, columns = M.shape[-2:]
        u = max(1.0, rows / columns) ** 0.5 * newton_schulz(M, eps=self.eps, guard="max")
        return -self.lr * unmatrix(u, leaf), MARSState(m, None, copied(g))

    def _corrected(self, g, last, t):
        """The gradient and a multiple of its change, of norm 1 at most."""
        c = g + self.gamma * self.beta1 / (1 - self.beta1) * (g - last)
        if self.first == "same":
            c = where(t == 1, g, c)
        return c / larger(norm(c), 1)

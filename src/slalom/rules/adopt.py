"""ADOPT: Adam that divides a gradient by the squares before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .adam import BETAS, OPTAX_BETAS, moments
from .counterpart import ASKED, kozistr, optax, paper, timm
from .leaves import Array
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import clip, ema, larger, sqrt, where, zeros


class ADOPTState(NamedTuple):
    """Averages shaped like the parameters."""

    m: Array
    """of the divided gradients"""
    v: Array
    """of `g²`"""


@dataclass(frozen=True)
class ADOPT(Rule, name="adopt"):
    """Adam in another order: the gradient is divided first, and only then enters the square.

        t = 1:  v = g², without a step
        t > 1:  n = g / max(sqrt(v), eps)
                n = min(max(n, -bound), bound),  bound = (t - 1)^power
                m = beta1 m + (1 - beta1) n
                x -= lr m
                v = beta2 v + (1 - beta2) g²

    g is divided by the v before it, which does not depend on it; so it converges with any beta2.
    Nothing is debiased. `clip=false` leaves the bound away, as in the paper's first version; in
    pytorch_optimizer it is t^power (`counts_first`).

    Source: Taniguchi et al., "ADOPT: modified Adam can converge with any beta2 with the optimal
    rate", 2024, arXiv 2411.02853.
    """

    known = (
        paper(),
        optax(
            "contrib.adopt",
            {**OPTAX_BETAS, "use_clipping": "clip"},
            defaults={"lr": ASKED},
            entries=lambda rule: moments("m", "v"),
            unmatched=("nesterov", "clip_value_fn"),
        ),
        timm(
            "Adopt",
            {**BETAS, "clip_exp": "power"},
            defaults={"power": 0.333},
            unmatched=("decoupled", "corrected_weight_decay", "caution"),
            entries={"exp_avg": "m", "exp_avg_sq": "v"},
            decay="coupled",
        ),
        kozistr(
            "ADOPT",
            BETAS,
            conventions={"counts_first": True},
            unmatched=("clip_lambda", "weight_decouple", "fixed_decay"),
            entries={"exp_avg": "m", "exp_avg_sq": "v"},
            decay="coupled",
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean", "[0, 1)")
    beta2: Number = hyper(0.9999, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-6, "the least denominator")
    power: Number = hyper(0.25, "power of the number of steps that is the bound")
    clip: bool = convention(True, "keep divided gradients within the bound")
    counts_first: bool = convention(False, "the bound is t^power, counting the first step")

    def init(self, x):
        return ADOPTState(zeros(x), zeros(x))

    def update(self, g, state, t):
        n = g / larger(sqrt(state.v), self.eps)
        if self.clip:
            bound = (t if self.counts_first else t - 1) ** self.power
            n = clip(n, -bound, bound)
        m = where(t > 1, ema(self.beta1, state.m, n), state.m)
        v = where(t > 1, ema(self.beta2, state.v, g * g), g * g)
        return -self.lr * m, ADOPTState(m, v)

"""RAdam: Adam that waits until the average of squares is worth dividing by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .adam import BETAS, OPTAX_BETAS, moments
from .counterpart import ASKED, kozistr, optax, paper, timm, torch
from .leaves import Array
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, ema, larger, root, sqrt, where, zeros


class RAdamState(NamedTuple):
    """Averages shaped like the parameters, of `g` and of `g²`."""

    m: Array
    v: Array


@dataclass(frozen=True)
class RAdam(Rule, name="radam"):
    """Rectified Adam: steps as Adam's, smaller as long as few squares are in the average.

        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) g²
        rho_inf = 2 / (1 - beta2) - 1
        rho = rho_inf - 2 t beta2^t / (1 - beta2^t)
        r = sqrt((rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho))
        rho > threshold:  x -= lr r m̂ sqrt(1 - beta2^t) / (sqrt(v) + eps)
        else:             x -= lr m̂,  m̂ = m / (1 - beta1^t)

    rho is about how many squares the average holds. The first steps, five with beta2 = 0.999, are
    those of momentum at Adam's rate. With `fallback=gradient` they are those of gradient descent,
    with `fallback=skip` there are none; then the rate that wrappers see is lr r, as in the package
    schedulefree, whose RAdamScheduleFree is
    `schedule_free() | radam(beta1=0, threshold=4, fallback=skip, eps_hat=false)`.

    Source: Liu et al., "On the variance of the adaptive learning rate and beyond", 2020,
    arXiv 1908.03265.
    """

    known = (
        paper(lr=ASKED, threshold=4.0),
        torch("RAdam", BETAS, entries={"exp_avg": "m", "exp_avg_sq": "v"}, decay="coupled"),
        optax(
            "radam",
            OPTAX_BETAS,
            defaults={"lr": ASKED},
            conventions={"strict": False, "eps_hat": False},
            entries=lambda rule: moments("m", "v"),
            unmatched=("eps_root", "nesterov"),
        ),
        timm(
            "RAdamLegacy",
            BETAS,
            conventions={"strict": False},
            entries={"exp_avg": "m", "exp_avg_sq": "v"},
            decay="decoupled",
        ),
        kozistr(
            "RAdam",
            {
                **BETAS,
                "n_sma_threshold": "threshold",
                "degenerated_to_sgd": "fallback",
            },
            words={"degenerated_to_sgd": {False: "skip", True: "momentum"}},
            conventions={"strict": False, "fallback": "skip"},
            unmatched=("weight_decouple", "fixed_decay"),
            entries={"exp_avg": "m", "exp_avg_sq": "v"},
            decay="decoupled",
        ),
    )

    lr: Number = hyper(0.001, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean gradient", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0")
    threshold: Number = hyper(5.0, "the rho above which steps are Adam's, rectified", "[4, inf)")
    strict: bool = convention(True, "rectify where rho > threshold, else where rho >= threshold")
    fallback: str = convention(
        "momentum", "what a step is before", ("momentum", "gradient", "skip")
    )
    eps_hat: bool = convention(True, "add eps to sqrt(v), before the bias correction")

    def init(self, x):
        return RAdamState(zeros(x), zeros(x))

    def update(self, g, state, t):
        m = ema(self.beta1, state.m, g)
        v = ema(self.beta2, state.v, g * g)
        rate, correction = debias(self.lr, self.beta1, t), 1 - self.beta2**t
        holds, r = self._rectified(t)
        if self.eps_hat:
            step = rate * r * correction**0.5 * m / root(v, self.eps, inside=False)
        else:
            step = rate * r * m / root(v / correction, self.eps, inside=False)
        before = {"momentum": rate * m, "gradient": self.lr * g, "skip": zeros(g)}
        return -where(holds, step, before[self.fallback]), RAdamState(m, v)

    def rate(self, t):
        if self.fallback == "momentum":
            return self.lr
        holds, r = self._rectified(t)
        return where(holds, self.lr * r, self.lr if self.fallback == "gradient" else 0.0)

    def _rectified(self, t):
        """Whether a step is rectified, and the factor r, which is of no use where it is not."""
        longest = 2 / (1 - self.beta2) - 1
        rho = longest - 2 * t * self.beta2**t / (1 - self.beta2**t)
        holds = rho > self.threshold if self.strict else rho >= self.threshold
        rho = where(holds, rho, 5.0)
        longest = larger(longest, rho)
        square = (rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho)
        return holds, sqrt(square)

"""Adafactor: Adam's second moment of a matrix, kept as one row and one column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, keras, kozistr, optax, paper, torch
from .factors import factors, renewed
from .leaves import Array
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import ema, larger, machine_epsilon, mean, rms, smaller, sqrt, zeros


class AdafactorState(NamedTuple):
    """Moments of squared gradients; a part that a parameter does not use is None."""

    r: Array | None
    """means along the last axis, shape (…, rows, 1)"""
    c: Array | None
    """means along the one before it, shape (…, 1, columns)"""
    v: Array | None
    """shaped like the parameters, where they are not factored"""
    m: Array | None
    """an average of the steps, where there is a beta1"""


@dataclass(frozen=True)
class Adafactor(Rule, name="adafactor"):
    """Divides gradients by a second moment that takes rows + columns numbers of memory.

        w = t^-decay_power;  q = g² + eps1
        r = (1 - w) r + w mean(q along rows);  c = (1 - w) c + w mean(q along columns)
        u = g / sqrt(r / mean(r)) / sqrt(c)
        u = u / max(1, rms(u) / clip)
        x -= lr_t u,  lr_t = min(cap, 1 / sqrt(t)) max(eps2, rms(x))

    for the last two axes; a vector has `v = (1 - w) v + w q` and `u = g / sqrt(v)`. A given `lr`
    takes the place of `min(cap, 1 / sqrt(t))`, and `scale_parameter=false` leaves out rms(x).
    With `beta1` the steps are averaged: `m = beta1 m + (1 - beta1) lr_t u; x -= m`.

    PyTorch's has `min(lr, 1 / sqrt(t))` (`relative_step`), lets a decoupled decay go by lr alone,
    and no eps1 in q: it is a floor of mean(r), and its square one of `r c / mean(r)` and v
    (`eps1_added=false`). Optax and timm factor only where both axes have at least 128, or 16,
    components (`smallest`); Optax's decay is not scaled by the rate. pytorch_optimizer bounds
    1 - w by `beta2`.

    Source: Shazeer & Stern, "Adafactor: adaptive learning rates with sublinear memory cost",
    2018, arXiv 1804.04235.
    """

    known = (
        paper(),
        torch(
            "Adafactor",
            {"beta2_decay": "-decay_power", "eps": ("eps1", "eps2"), "d": "clip"},
            defaults={"lr": 0.01},
            conventions={"relative_step": True, "eps1_added": False},
            entries={"row_var": "r", "col_var": "c", "variance": "v"},
            decay="decoupled",
        ),
        optax(
            "adafactor",
            {
                "learning_rate": "lr",
                "min_dim_size_to_factor": "smallest",
                "decay_rate": "decay_power",
                "multiply_by_parameter_scale": "scale_parameter",
                "clipping_threshold": "clip",
                "momentum": "beta1",
                "eps": "eps1",
            },
            defaults={"lr": ASKED, "eps1": 1e-30},
            conventions={"smallest": 128},
            unmatched=("decay_offset", "factored", "weight_decay_rate"),
            departs="arrays of three dimensions or more are factored along their two longest; "
            "weight_decay_rate is not multiplied by the rate",
        ),
        keras(
            "Adafactor",
            {
                "learning_rate": "lr",
                "beta_2_decay": "-decay_power",
                "epsilon_1": "eps1",
                "epsilon_2": "eps2",
                "clip_threshold": "clip",
            },
            defaults={"lr": 0.001, "eps1": 1e-30},
            conventions={"relative_step": True},
            idle=("relative_step",),
            decay="decoupled",
            departs="relative_step=False still means min(lr, 1 / sqrt(t)); weight_decay "
            "shrinks the weights before the step; means have the precision of float32",
        ),
        kozistr(
            "AdaFactor",
            {
                "betas": ("beta1", "beta2"),
                "decay_rate": "-decay_power",
                "clip_threshold": "clip",
            },
            defaults={"lr": ASKED, "beta1": 0.9, "beta2": 0.999, "eps1": 1e-30},
            unmatched=("relative_step", "weight_decouple", "fixed_decay", "ams_bound"),
            decay="decoupled",
            departs="relative_step=True, the default, pays no regard to its lr, 0.001; the average "
            "of the steps is kept in bfloat16",
        ),
    )

    lr: Number | None = hyper(None, "learning rate; none: the smaller of cap and 1 / sqrt(t)")
    decay_power: Number = hyper(0.8, "how soon the decay of the moments nears 1")
    eps1: Number | None = hyper(
        None, "keeps the moments from 0; none: 1e-30, or the machine epsilon where it is a floor"
    )
    eps2: Number = hyper(1e-3, "the least rms(x) that counts")
    clip: Number = hyper(1.0, "the largest rms of u", "(0, inf)")
    cap: Number = hyper(0.01, "the largest rate where lr is none")
    beta1: Number | None = hyper(None, "decay of the average of steps; none: no average", "[0, 1)")
    beta2: Number = hyper(1.0, "the largest decay of the moments", "[0, 1]")
    scale_parameter: bool = convention(True, "multiply the rate by max(eps2, rms(x))")
    relative_step: bool = convention(False, "a given lr is a cap too: min(lr, 1 / sqrt(t))")
    warmup_init: bool = convention(False, "1e-6 t in the place of cap")
    eps1_added: bool = convention(True, "add eps1 to g²; else it is a floor")
    smallest: int = convention(1, "the least size of both axes to factor", range(1, 1_000_000))

    def init(self, x):
        m = None if self.beta1 is None else zeros(x)
        if not self._factors(x.shape):
            return AdafactorState(None, None, zeros(x), m)
        return AdafactorState(*factors(x), None, m)

    def update(self, g, state, x, t):
        w = larger(t**-self.decay_power, 1 - self.beta2)
        eps1, q = self._eps1(x), g * g
        q = q + eps1 if self.eps1_added else q
        r = c = v = None
        if state.v is None:
            r, c = renewed(1 - w, state.r, state.c, q)
            rows = mean(r, axis=-2, keepdims=True)
            rows = rows if self.eps1_added else larger(rows, eps1)
            below = [r / rows, c]
        else:
            v = ema(1 - w, state.v, q)
            below = [v]
        if not self.eps1_added:
            square = below[0] * below[1] if v is None else v
            below = [larger(square, eps1 * eps1)]
        u = g
        for square in below:
            u = u / sqrt(square)
        step = self._rate(x, t) * u / larger(rms(u) / self.clip, 1)
        if self.beta1 is None:
            return -step, AdafactorState(r, c, v, None)
        m = ema(self.beta1, state.m, step)
        return -m, AdafactorState(r, c, v, m)

    def rate(self, x, t):
        return self.lr if self.relative_step and self.lr is not None else self._rate(x, t)

    def _rate(self, x, t):
        size = larger(rms(x), self.eps2) if self.scale_parameter else 1.0
        if self.lr is not None and not self.relative_step:
            return self.lr * size
        cap = self.cap if self.lr is None else self.lr
        return smaller(1e-6 * t if self.warmup_init else cap, t**-0.5) * size

    def _eps1(self, x):
        if self.eps1 is not None:
            return self.eps1
        return 1e-30 if self.eps1_added else machine_epsilon(x)

    def _factors(self, shape):
        return len(shape) >= 2 and min(shape[-2:]) >= self.smallest

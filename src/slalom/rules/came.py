"""CAME: Adafactor's steps, divided by how far they are from their average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import kozistr, paper
from .factors import factors, over, renewed
from .leaves import Array
from .rule import Number, Rule
from .value import hyper
from .vocabulary import ema, larger, rms, sqrt, zeros


class CAMEState(NamedTuple):
    """An average, and moments in the form of factors; a part that a parameter lacks is None."""

    m: Array
    """the average of the scaled gradients, shaped like the parameters"""
    r: Array | None
    """means of `g²` along the last axis, shape (…, rows, 1)"""
    c: Array | None
    """means of `g²` along the one before it, shape (…, 1, columns)"""
    R: Array | None
    """means of the distances along the last axis, shape (…, rows, 1)"""
    C: Array | None
    """means of the distances along the one before it, shape (…, 1, columns)"""
    v: Array | None
    """of `g²`, shaped like the parameters, where they are not factored"""


@dataclass(frozen=True)
class CAME(Rule, name="came"):
    """Adafactor with momentum, and shorter steps where the gradients disagree with it.

        q = g² + eps1
        r = beta2 r + (1 - beta2) mean(q along rows);  c likewise, along columns
        u = g / sqrt(r / mean(r)) / sqrt(c)
        u = u / max(1, rms(u) / clip);  m = beta1 m + (1 - beta1) u
        d = (u - m)² + eps2
        R = beta3 R + (1 - beta3) mean(d along rows);  C likewise, along columns
        x -= lr m / sqrt(R / mean(R)) / sqrt(C)

    for the last two axes; a vector has `v = beta2 v + (1 - beta2) q`, `u = g / sqrt(v)` and steps
    `lr m`. No average is corrected: first steps are about 11 lr long, so rates are small.

    Source: Luo et al., "CAME: confidence-guided adaptive memory efficient optimization", 2023,
    arXiv 2307.02047.
    """

    known = (
        paper(),
        kozistr(
            "CAME",
            {"betas": ("beta1", "beta2", "beta3"), "clip_threshold": "clip"},
            unmatched=("weight_decouple", "fixed_decay", "ams_bound"),
            decay="decoupled",
        ),
    )

    lr: Number = hyper(2e-4, "learning rate")
    beta1: Number = hyper(0.9, "decay of the mean step", "[0, 1)")
    beta2: Number = hyper(0.999, "decay of the mean square", "[0, 1)")
    beta3: Number = hyper(0.9999, "decay of the mean distance from m", "[0, 1)")
    eps1: Number = hyper(1e-30, "added to squares of gradients")
    eps2: Number = hyper(1e-16, "added to squares of distances")
    clip: Number = hyper(1.0, "the largest rms of u", "(0, inf)")

    def init(self, x):
        if len(x.shape) < 2:
            return CAMEState(zeros(x), None, None, None, None, zeros(x))
        return CAMEState(zeros(x), *factors(x), *factors(x), None)

    def update(self, g, state):
        q, r, c, R, C, v = g * g + self.eps1, None, None, None, None, None
        if state.v is None:
            r, c = renewed(self.beta2, state.r, state.c, q)
            u = over(g, r, c)
        else:
            v = ema(self.beta2, state.v, q)
            u = g / sqrt(v)
        u = u / larger(rms(u) / self.clip, 1)
        m = ema(self.beta1, state.m, u)
        step = m
        if state.v is None:
            R, C = renewed(self.beta3, state.R, state.C, (u - m) ** 2 + self.eps2)
            step = over(m, R, C)
        return -self.lr * step, CAMEState(m, r, c, R, C, v)

"""Schedules: hyperparameters that change with the step.

A schedule is an immutable value. It is called with the number `t` of the step (1, 2, …), and
inside a rule also with the array library and dtype to answer in. `Exponential(0.4, rate=0.1)`
and other formulas of t use t itself; schedules over a number of steps (`step_decay`, `cosine`,
`one_cycle`) use the number of steps done before, t - 1, as PyTorch's schedulers do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

from ..errors import SlalomError
from ..types import Number
from .value import Value, hyper


@dataclass(frozen=True)
class Schedule(Value):
    """A number for every step; subclasses give `value(t, xp)`."""

    shown_bare = 1

    def __call__(self, t: Any, xp: Any = None, dtype: Any = None) -> Any:
        """The value at step `t`.

        Args:
            t: the number of the step, from 1; an int, or traced.
            xp: the array namespace to answer in; None answers with a float.
            dtype: of the answer. Below 32 bits it is computed in float32 and then rounded,
                because t itself would not fit.
        """
        if xp is None:
            import array_api_compat.numpy as np

            return float(self(t, np, np.asarray(0.0).dtype))
        computed_in = dtype if xp.finfo(dtype).bits >= 32 else xp.float32
        now = xp.asarray(t, dtype=computed_in)
        numbers = {f.name: _number_at(getattr(self, f.name), now, xp) for f in fields(self)}
        return xp.astype(self.rebuilt(**numbers).value(now, xp), dtype)

    def value(self, t: Any, xp: Any) -> Any:
        """The value at step `t`, an array without dimensions, in its dtype."""
        raise SlalomError(f"{type(self).__name__} has no value method")


def _number_at(value: Any, t: Any, xp: Any) -> Any:
    """One field's numbers at step `t`, in its dtype; a schedule may be made of schedules."""
    if isinstance(value, tuple):
        return tuple(_number_at(v, t, xp) for v in value)
    return (
        value(t, xp, t.dtype) if isinstance(value, Schedule) else xp.asarray(value, dtype=t.dtype)
    )


@dataclass(frozen=True)
class Constant(Schedule, name="constant"):
    """One value throughout."""

    level: Number = hyper(0.1, "the value", "(-inf, inf)")

    def value(self, t, xp):
        return self.level + 0 * t


@dataclass(frozen=True)
class Piecewise(Schedule, name="piecewise"):
    """Constant pieces: `values[i]` from after step `boundaries[i - 1]` to `boundaries[i]`.

    As PyTorch's MultiStepLR with its milestones as boundaries, and `optax.join_schedules`
    of constants.
    """

    values: tuple[Number, ...] = hyper((0.1, 0.01), "one value a piece", "(-inf, inf)")
    boundaries: tuple[Number, ...] = hyper((100,), "the last step of each piece but the last")

    def __post_init__(self):
        super().__post_init__()
        if len(self.values) != len(self.boundaries) + 1:
            raise SlalomError(
                f"piecewise: {len(self.boundaries)} boundaries part "
                f"{len(self.boundaries) + 1} values, not {len(self.values)}"
            )
        known = [b for b in self.boundaries if isinstance(b, (int, float))]
        if known != sorted(known):
            raise SlalomError("piecewise: boundaries must increase")

    def value(self, t, xp):
        level = self.values[0]
        for boundary, after in zip(self.boundaries, self.values[1:], strict=True):
            level = xp.where(t > boundary, after, level)
        return level


@dataclass(frozen=True)
class Exponential(Schedule, name="exponential"):
    """`initial exp(-rate (t + offset))`.

    PyTorch's ExponentialLR with gamma = exp(-rate) counts from 0: offset=-1. The lecture's
    code counts from 2: offset=1.
    """

    initial: Number = hyper(0.1, "the value at t + offset = 0", "(-inf, inf)")
    rate: Number = hyper(0.1, "decay per step", "(-inf, inf)")
    offset: Number = hyper(0, "steps counted before the first", "(-inf, inf)")

    def value(self, t, xp):
        return self.initial * xp.exp(-self.rate * (t + self.offset))


@dataclass(frozen=True)
class Polynomial(Schedule, name="polynomial"):
    """`initial (1 + rate (t + offset))^(-power)`.

    Source: the lecture, with rate 0.1 and power 0.5; its code counts from 2: offset=1.
    """

    initial: Number = hyper(0.1, "the value at t + offset = 0", "(-inf, inf)")
    rate: Number = hyper(0.1, "how soon the decay begins, per step", "[0, inf)")
    power: Number = hyper(0.5, "how fast it goes on", "(-inf, inf)")
    offset: Number = hyper(0, "steps counted before the first", "[-1, inf)")

    def value(self, t, xp):
        return self.initial * (1 + self.rate * (t + self.offset)) ** (-self.power)


@dataclass(frozen=True)
class StepDecay(Schedule, name="step_decay"):
    """Multiplied by `factor` after every so many steps: PyTorch's StepLR."""

    initial: Number = hyper(0.1, "the value of the first steps", "(-inf, inf)")
    factor: Number = hyper(0.1, "what each decay multiplies by")
    every: Number = hyper(30, "steps between decays", "(0, inf)")

    def value(self, t, xp):
        return self.initial * self.factor ** xp.floor((t - 1) / self.every)


@dataclass(frozen=True)
class Cosine(Schedule, name="cosine"):
    """Half a cosine from `peak` down to `final`, after a linear warm-up from 0.

        warm-up:  peak t / warmup, for t <= warmup
        after:    final + (peak - final) (1 + cos(pi s)) / 2,
                  s = (t - 1 - warmup) / (steps - warmup), at most 1

    Source: Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.
    Without warm-up it is PyTorch's CosineAnnealingLR up to its T_max = steps.
    """

    peak: Number = hyper(0.1, "the highest value", "(-inf, inf)")
    steps: Number = hyper(100, "length of the whole schedule in steps", "(0, inf)")
    warmup: Number = hyper(0, "steps of the warm-up, fewer than steps")
    final: Number = hyper(0.0, "the value at the end", "(-inf, inf)")

    def __post_init__(self):
        super().__post_init__()
        lengths = (self.warmup, self.steps)
        if all(isinstance(n, (int, float)) for n in lengths) and self.warmup >= self.steps:
            raise SlalomError(
                f"cosine: warmup must be below steps, {self.steps}, got {self.warmup}"
            )

    def value(self, t, xp):
        rise = self.peak * t / xp.maximum(self.warmup, xp.ones_like(t))
        s = _clamp((t - 1 - self.warmup) / (self.steps - self.warmup), xp)
        return xp.where(t <= self.warmup, rise, _half_cosine(self.peak, self.final, s, xp))


@dataclass(frozen=True)
class OneCycle(Schedule, name="one_cycle"):
    """Up from `peak / div` to `peak` in the first part, then down to `peak / div / final_div`.

    Source: Smith & Topin, "Super-convergence", 2018; as PyTorch's OneCycleLR (cosine
    annealing, two phases), whose names pct_start, div_factor and final_div_factor are here
    `rise`, `div` and `final_div`.
    """

    peak: Number = hyper(0.1, "the highest value", "(-inf, inf)")
    steps: Number = hyper(100, "length of the whole schedule in steps", "(1, inf)")
    rise: Number = hyper(0.3, "share of the steps that go up", "(0, 1)")
    div: Number = hyper(25.0, "peak over the first value", "(0, inf)")
    final_div: Number = hyper(1e4, "the first value over the last", "(0, inf)")

    def __post_init__(self):
        super().__post_init__()
        known = all(isinstance(n, (int, float)) for n in (self.rise, self.steps))
        if known and self.rise * self.steps <= 1:
            raise SlalomError(
                f"one_cycle: rise * steps must be above 1, got {self.rise * self.steps}"
            )

    def value(self, t, xp):
        top, done = self.rise * self.steps - 1, t - 1
        first = self.peak / self.div
        up = _half_cosine(first, self.peak, _clamp(done / top, xp), xp)
        s = _clamp((done - top) / (self.steps - 1 - top), xp)
        return xp.where(done <= top, up, _half_cosine(self.peak, first / self.final_div, s, xp))


@dataclass(frozen=True)
class Times(Schedule, name="times"):
    """A number times another schedule, as recipes make it."""

    factor: Number = hyper(0.5, "what the other is multiplied by")
    of: Number = hyper(0.1, "the other schedule, or a number", "(-inf, inf)")

    def value(self, t, xp):
        return self.factor * self.of + 0 * t


def _half_cosine(begin: Any, end: Any, s: Any, xp: Any) -> Any:
    """From `begin` at s = 0 to `end` at s = 1 along half a cosine."""
    return end + (begin - end) * (1 + xp.cos(math.pi * s)) / 2


def _clamp(s: Any, xp: Any) -> Any:
    return xp.minimum(xp.maximum(s, xp.zeros_like(s)), xp.ones_like(s))


def hybrid(small: Number = 32, large: Number = 512, epochs: Number = 8) -> Piecewise:
    """The batch size of the orbit article: `small` for the first epochs, `large` after."""
    return Piecewise(values=(small, large), boundaries=(epochs,))

"""Schedule-Free: an average in place of a schedule of the rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..counterpart import authors, optax, paper
from ..leaves import Array, Leaves
from ..value import convention, hyper
from ..vocabulary import Number, copied, larger, one, quotient, where
from ..wrapper import Wrapper


class ScheduleFreeState(NamedTuple):
    """Two points shaped like the parameters, and two numbers that they share."""

    z: Leaves
    """where the steps of the rule inside lead"""
    x: Leaves
    """the average of z, the point to judge"""
    weights: Array
    """the sum of all weights so far"""
    top: Array
    """the largest rate so far"""


@dataclass(frozen=True)
class ScheduleFree(Wrapper, name="schedule_free"):
    """Takes gradients between the steps' own point and its average, and judges the average.

        y = momentum x + (1 - momentum) z          the iterate, where the gradient is taken
        z = z + step of the rule inside for the gradient at y
        w = t^r top^weight_power,  top the largest rate so far
        c = w / (sum of all w)
        x = (1 - c) x + c z

    from x = y = z at the start. `evaluate` gives x. During `warmup` steps the rate is
    `lr t / warmup`. The rule inside must have no momentum of its own: the authors' SGD is
    `schedule_free() | gradient_descent(lr)`, their AdamW
    `schedule_free() | weight_decay(…, decoupled=true) | rmsprop(decay=0.999, debias=true)`.
    The decay pulls at y, or with `decay_at=z` at z (default of their wrapper). In Optax's
    warm-up the rule inside is one step behind the weights (`warmup_lags`).

    Source: Defazio et al., "The road less scheduled", 2024, arXiv 2405.15682.
    """

    known = (
        paper(),
        authors(
            "ScheduleFreeWrapper",
            {"weight_lr_power": "weight_power"},
            conventions={"decay_at": "z"},
            unmatched=("base", "weight_decay_at_y"),
            package="schedulefree",
            departs="keeps z alone, and recovers the average from it and the iterate",
        ),
        optax(
            "contrib.schedule_free",
            {"b1": "momentum", "weight_lr_power": "weight_power"},
            conventions={"warmup_lags": True},
            unmatched=("base_optimizer", "learning_rate"),
            departs="keeps z alone, and recovers the average from it and the iterate",
        ),
    )

    updates = ("update", "update_at_z")

    momentum: Number = hyper(0.9, "share of the average in the iterate", "(0, 1)")
    r: Number = hyper(0.0, "power of t in the weights", "[-10, 10]")
    weight_power: Number = hyper(2.0, "power of the largest rate in the weights")
    warmup: Number = hyper(0, "steps in which the rate grows to its value")
    decay_at: str = convention("y", "where a decoupled decay inside pulls", ("y", "z"))
    warmup_lags: bool = convention(False, "the rate of a step in the warm-up is (t - 1) / warmup")

    @property
    def formula(self):
        return "update" if self.decay_at == "y" else "update_at_z"

    def init(self, x):
        return ScheduleFreeState(copied(x), copied(x), 0 * one(x), 0 * one(x))

    def update(self, state, x, t, step):
        return self._averaged(step(), state, x, t, step.rate)

    def update_at_z(self, g, state, x, t, step):
        return self._averaged(step(g, state.z), state, x, t, step.rate)

    def _averaged(self, delta, state, y, t, rate):
        warm = self._warmed(t, state)
        top = larger(state.top, rate * warm)
        w = t**self.r * top**self.weight_power
        c = quotient(w, state.weights + w)
        late = self._warmed(t - 1, state) if self.warmup_lags else warm
        z = state.z + late * delta
        x = (1 - c) * state.x + c * z
        ahead = self.momentum * x + (1 - self.momentum) * z
        return ahead - y, ScheduleFreeState(z, x, state.weights + w, top)

    def rate(self, state, t, step):
        return step.rate * self._warmed(t, state)

    def _warmed(self, t, state):
        """The factor of the rate at step t."""
        full = one(state.z)
        return where(t < self.warmup, t * full / larger(self.warmup, 1), full)

    def evaluate(self, state):
        return state.x

"""An average of the iterates, for judging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..leaves import Array, Leaves
from ..value import hyper
from ..vocabulary import Number, copied, ema, one
from ..wrapper import Wrapper


class AverageState(NamedTuple):
    """What is averaged so far."""

    average: Leaves
    """of all iterates but the last, which the rules outside may still move"""
    kept: Array
    """the share of that average in the one that includes the last iterate, a shared scalar"""


@dataclass(frozen=True)
class Average(Wrapper, name="average"):
    """Judges an exponential average of the iterates, which smooths what the noise shakes.

        a = decay a + (1 - decay) x, from a = x at the start

    The rule inside goes on from its own iterate; `evaluate` gives a.

    Source: Polyak & Juditsky, "Acceleration of stochastic approximation by averaging", 1992;
    exponential: as `torch.optim.swa_utils.get_ema_multi_avg_fn` and `optax.params_ema`
    without its bias correction.
    """

    decay: Number = hyper(0.99, "decay of the average", "[0, 1)")

    def init(self, x):
        return AverageState(copied(x), one(x))

    def update(self, state, x, step):
        now = AverageState(self.evaluate(x, state), 0 * state.kept + self.decay)
        return step(), now

    def evaluate(self, x, state):
        return ema(state.kept, state.average, x)

"""Cautious steps: only where step and gradient agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..counterpart import kozistr, paper
from ..leaves import each, namespace
from ..value import convention, hyper
from ..vocabulary import Number, larger, mean, sign
from ..wrapper import Wrapper


@dataclass(frozen=True)
class Cautious(Wrapper, name="cautious"):
    """Leaves out the components of a step that go uphill by the present gradient.

        mask = 1 where u g > 0, else 0
        x -= u mask / max(mean(mask), floor)

    where `-u` is the step of the rule inside, and the mean that of one array of parameters. The
    rest grows as much as is left out. It belongs inside weight decay:
    `weight_decay(0.1, decoupled=true) | cautious() | adam()`. The paper, and pytorch_optimizer,
    divide by `(sum of mask + 1) / size` instead (`plus_one`).

    Source: Liang et al., "Cautious optimizers: improving training with one line of code", 2024,
    arXiv 2411.16085.
    """

    known = (
        paper(plus_one=True),
        kozistr("Lion", only_with={"cautious": True}, conventions={"plus_one": True}),
    )

    floor: Number = hyper(1e-3, "the least mean of the mask to divide by", "(0, 1]")
    plus_one: bool = convention(False, "divide by (sum of mask + 1) / size, without a floor")

    def update(self, g, state, step):
        return each(self._masked)(step(), g), state

    def _masked(self, delta, g):
        xp = namespace(g)
        mask = xp.astype(sign(delta) * g < 0, delta.dtype)  # delta * g may underflow
        if self.plus_one:
            return delta * mask / (mean(mask) + 1 / max(math.prod(g.shape), 1))
        return delta * mask / larger(mean(mask), self.floor)

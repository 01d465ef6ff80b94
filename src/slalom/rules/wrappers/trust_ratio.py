"""The trust ratio of LAMB: steps as long as the weights, layer by layer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..leaves import each, norm
from ..value import hyper
from ..vocabulary import Number, quotient, smaller, where
from ..wrapper import Wrapper


@dataclass(frozen=True)
class TrustRatio(Wrapper, name="trust_ratio"):
    """Makes the step of each array of parameters as long as lr times that array.

        x -= lr norm(x) / norm(u) u

    where `lr u` is the step of the rule inside. The ratio is 1 where either norm is 0. LAMB is
    `trust_ratio() | weight_decay(0.01, decoupled=true) | adam(eps=1e-6)`: the decay is part of u.

    Source: You et al., "Large batch optimization for deep learning: training BERT in 76 minutes",
    2020, arXiv 1904.00962. NVIDIA's and timm's codes also bound the ratio (`largest_ratio`);
    pytorch_optimizer bounds the norm of x (`largest_norm=10`) and adds 1e-6 to that of u.
    """

    shown_bare = 0

    norm_eps: Number = hyper(0.0, "added to norm(u)")
    largest_norm: Number = hyper(math.inf, "the largest norm(x) that counts", "(0, inf]")
    largest_ratio: Number = hyper(math.inf, "the largest norm(x) / norm(u)", "(0, inf]")

    def update(self, state, x, step):
        return each(self._scaled)(step(), x, step.rate), state

    def _scaled(self, delta, x, rate):
        weights, length = norm(x), norm(delta)
        wanted = rate * smaller(weights, self.largest_norm)
        ratio = smaller(quotient(wanted, length + rate * self.norm_eps), self.largest_ratio)
        return delta * where((weights == 0) | (length == 0), 1.0, ratio)

"""Noise added to gradients."""

from __future__ import annotations

from dataclasses import dataclass

from ..value import hyper
from ..vocabulary import Number
from ..wrapper import Wrapper


@dataclass(frozen=True)
class Noise(Wrapper, name="noise"):
    """Adds N(0, scale²) to every component of the gradient.

        g = g + scale n

    A rule that asks for several gradients in a step meets the same n in each.

    Source: Neelakantan et al., "Adding gradient noise improves learning for very deep
    networks", 2015 (as a schedule: `noise(polynomial(1, rate=1, power=0.275))`).
    """

    coupled = False

    scale: Number = hyper(1.0, "standard deviation, in the unit of the gradient")

    def gradient(self, g, key):
        return g + self.scale * key.normal(g)

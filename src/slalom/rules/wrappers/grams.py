"""Grams: the size of a step, in the direction of the gradient."""

from __future__ import annotations

from dataclasses import dataclass

from ..counterpart import kozistr, paper
from ..vocabulary import sign
from ..wrapper import Wrapper


@dataclass(frozen=True)
class Grams(Wrapper, name="grams"):
    """Takes how far to go from the rule inside, and which way from the present gradient.

        x -= |u| sign(g)

    where `-u` is the step of the rule inside, by component. It belongs inside weight decay:
    `weight_decay(0.1, decoupled=true) | grams() | adam()`.

    Source: Cao et al., "Grams: gradient descent with adaptive momentum scaling", 2024,
    arXiv 2412.17107.
    """

    known = (
        paper(),
        kozistr(
            "Grams",
            unmatched=("lr", "betas", "eps", "weight_decouple"),
            decay="decoupled",
            departs="it is grams() | adam(eps=1e-6)",
        ),
    )

    def update(self, g, state, step):
        return -abs(step()) * sign(g), state

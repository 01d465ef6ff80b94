"""Random numbers from a PyTorch generator, as rules ask for them."""

from __future__ import annotations

from typing import NamedTuple

import torch

from ..errors import SlalomError, clip
from ..rules import Rule


class GeneratorDraws(NamedTuple):
    """A source of draws made from a generator, which goes on with every draw."""

    generator: torch.Generator

    def split(self) -> tuple[GeneratorDraws, GeneratorDraws]:
        """Two sources whose draws are independent: they take turns at one sequence."""
        return self, self

    def normal(self, like: torch.Tensor) -> torch.Tensor:
        """Draws of N(0, 1) with the shape, dtype and device of `like`."""
        place = self.generator.device
        drawn = torch.randn(like.shape, generator=self.generator, dtype=like.dtype, device=place)
        return drawn.to(like.device)


def generator_for(rule: Rule, given: torch.Generator | None) -> torch.Generator | None:
    """The generator that was given; else one for a rule that draws.

    Its seed is drawn by PyTorch's global generator, so that `torch.manual_seed` governs.

    Raises:
        SlalomError: something else was given.
    """
    if given is not None and not isinstance(given, torch.Generator):
        raise SlalomError(f"generator must be a torch.Generator, not {clip(repr(given))}")
    if given is not None or "key" not in rule.needs:
        return given
    seed = torch.empty((), dtype=torch.int64).random_().item()
    return torch.Generator().manual_seed(int(seed))

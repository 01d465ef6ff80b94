"""Random numbers from a PyTorch generator, as rules ask for them."""

from __future__ import annotations

from typing import NamedTuple

import torch


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


def seeded() -> torch.Generator:
    """A generator whose seed PyTorch's global one has drawn, so `torch.manual_seed` governs."""
    seed = torch.empty((), dtype=torch.int64).random_().item()
    return torch.Generator().manual_seed(int(seed))

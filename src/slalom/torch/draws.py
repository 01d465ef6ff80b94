"""Random numbers from a PyTorch generator, as rules ask for them."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

from ..rules import Rule


class GeneratorDraws:
    """A source of draws from a generator, which each new draw advances.

    A second draw of the same kind, shape and dtype from one source gives the same numbers, so that
    all gradients of a step get the same noise.
    """

    def __init__(self, generator: torch.Generator):
        self._generator = generator
        self._drawn: dict[Any, torch.Tensor] = {}

    def split(self) -> tuple[GeneratorDraws, GeneratorDraws]:
        """Two sources whose draws are independent of each other: they take turns."""
        return GeneratorDraws(self._generator), GeneratorDraws(self._generator)

    def normal(self, like: torch.Tensor) -> torch.Tensor:
        """Draws of N(0, 1) with the shape, dtype and device of `like`."""
        options = {"generator": self._generator, "device": self._generator.device}
        return self._once(
            "normal", like, lambda: torch.randn(like.shape, **options, dtype=like.dtype)
        )

    def signs(self, like: torch.Tensor) -> torch.Tensor:
        """Draws of -1 and 1, equally likely, with the shape, dtype and device of `like`."""
        options = {"generator": self._generator, "device": self._generator.device}
        return self._once(
            "signs", like, lambda: 2 * torch.randint(2, like.shape, **options).to(like.dtype) - 1
        )

    def _once(self, kind: str, like: torch.Tensor, draw: Any) -> torch.Tensor:
        key = (kind, like.shape, like.dtype)
        if key not in self._drawn:
            self._drawn[key] = _placed(draw().to(like.device), like)
        return self._drawn[key]


def _placed(drawn: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The draws laid out over processes as another tensor is: those of the first process."""
    if not is_traceable_wrapper_subclass(like):
        return drawn
    from torch.distributed.tensor import DTensor, distribute_tensor  # slow to load

    if not isinstance(like, DTensor):
        return drawn
    return distribute_tensor(drawn, like.device_mesh, like.placements)


def generator_for(rule: Rule, known: torch.Generator | None) -> torch.Generator | None:
    """The generator that there is; else one for a rule that draws.

    Its seed is drawn by PyTorch's global generator, so that `torch.manual_seed` governs.
    """
    if known is not None or "key" not in rule.needs:
        return known
    # on the CPU also within torch.device("meta"), where tensors hold no numbers
    seed = torch.empty((), dtype=torch.int64, device="cpu").random_().item()
    return torch.Generator("cpu").manual_seed(int(seed))

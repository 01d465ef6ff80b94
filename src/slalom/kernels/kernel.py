"""A rule's compiled loop: made once for its conventions and a dtype."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import ModuleType

from ..lowering import Formula, lowered
from ..rules import Rule, chain
from .source import source
from .store import imported
from .work import Loop


@dataclass(frozen=True)
class Kernel:
    """The compiled functions, and the formula that they compute."""

    dtype: str
    module: ModuleType
    formula: Formula

    @functools.cached_property
    def loop(self) -> Loop:
        """The loop, which runs without the interpreter's lock."""
        return Loop(self.module.advance.ctypes, self.module.advance.address)


@functools.lru_cache(maxsize=512)
def text_of(skeleton: Rule, dtype: str) -> str:
    """The source of a kernel.

    Args:
        skeleton: the rule with the kinds of its numbers, as `lowering.skeleton` gives it.
        dtype: of the parameters.

    Raises:
        SlalomError: the rule cannot be fused.
    """
    return source(lowered(skeleton, dtype), _named(skeleton), dtype)


@functools.lru_cache(maxsize=512)
def kernel_of(skeleton: Rule, dtype: str) -> Kernel:
    """The kernel, compiled or loaded.

    Raises:
        SlalomError: the rule cannot be fused.
    """
    module = imported(text_of(skeleton, dtype), _named(skeleton).replace(" | ", "-"))
    return Kernel(dtype, module, lowered(skeleton, dtype))


def _named(skeleton: Rule) -> str:
    return " | ".join(link.name for link in chain(skeleton))

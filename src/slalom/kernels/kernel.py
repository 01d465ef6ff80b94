"""A rule's compiled loop: made once for its conventions and a dtype."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ..errors import SlalomError
from ..rules import Rule, chain
from .formula import Entry, formula
from .source import source
from .store import imported

SHAPES = ((3, 5), (2, 1, 2))  # of the leaves that a rule is traced for


@dataclass(frozen=True)
class Kernel:
    """The compiled functions, and what the state that they step looks like."""

    dtype: str
    module: ModuleType
    structure: Any
    entries: tuple[Entry, ...]

    @functools.cached_property
    def loop(self) -> Callable[[int], int]:
        """The loop, from the address of its work to how many pieces it stepped.

        It runs without the interpreter's lock.
        """
        return self.module.advance.ctypes


@functools.lru_cache(maxsize=512)
def text_of(skeleton: Rule, dtype: str) -> str:
    """The source of a kernel.

    Args:
        skeleton: the rule with the kinds of its numbers, as `numbers.skeleton` gives it.
        dtype: of the parameters.

    Raises:
        SlalomError: the rule cannot be fused.
    """
    texts = [source(formula(skeleton, dtype, shape), _named(skeleton), dtype) for shape in SHAPES]
    if texts[0] != texts[1]:
        raise SlalomError("its formula depends on the shape of the parameter")
    return texts[0]


@functools.lru_cache(maxsize=512)
def kernel_of(skeleton: Rule, dtype: str) -> Kernel:
    """The kernel, compiled or loaded.

    Raises:
        SlalomError: the rule cannot be fused.
    """
    traced = formula(skeleton, dtype, SHAPES[0])
    module = imported(text_of(skeleton, dtype), _named(skeleton).replace(" | ", "-"))
    return Kernel(dtype, module, traced.structure, traced.entries)


def _named(skeleton: Rule) -> str:
    return " | ".join(link.name for link in chain(skeleton))

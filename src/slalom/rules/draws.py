"""Random numbers for all leaves of a tree, from a source that draws for one array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from array_api_compat import array_namespace

from .leaves import Leaves
from .rule import Draws


@dataclass(frozen=True)
class LeafDraws:
    """Draws for one array, or independent ones for each leaf.

    Args:
        source: draws for one array.
    """

    source: Draws

    def split(self) -> tuple[LeafDraws, LeafDraws]:
        """Two sources whose draws are independent of each other."""
        first, second = self.source.split()
        return LeafDraws(first), LeafDraws(second)

    def normal(self, like: Any) -> Any:
        """Draws of N(0, 1), shaped like an array or like `Leaves`."""
        return self._drawn("normal", like)

    def signs(self, like: Any) -> Any:
        """Draws of -1 and 1, equally likely, shaped like an array or like `Leaves`."""
        return self._drawn("signs", like)

    def _drawn(self, kind: str, like: Any) -> Any:
        if not isinstance(like, Leaves):
            return getattr(self.source, kind)(like)
        source, found = self.source, []
        for leaf in like:
            own, source = source.split()
            found.append(getattr(own, kind)(leaf))
        return Leaves(found)


@dataclass(frozen=True)
class BatchDraws:
    """Draws for a batch of arrays, each from a source of its own, as without the batch.

    Args:
        sources: one for each array.
    """

    sources: Sequence[Draws]

    def split(self) -> tuple[BatchDraws, BatchDraws]:
        """Two sources whose draws are independent of each other."""
        first, second = zip(*(source.split() for source in self.sources), strict=True)
        return BatchDraws(first), BatchDraws(second)

    def normal(self, like: Any) -> Any:
        """Draws of N(0, 1), shaped like a batch."""
        return self._drawn("normal", like)

    def signs(self, like: Any) -> Any:
        """Draws of -1 and 1, equally likely, shaped like a batch."""
        return self._drawn("signs", like)

    def _drawn(self, kind: str, like: Any) -> Any:
        pairs = zip(self.sources, like, strict=True)
        return array_namespace(like).stack([getattr(source, kind)(one) for source, one in pairs])

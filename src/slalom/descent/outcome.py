"""How a run ended: a value, never an exception."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

KINDS = ("finished", "converged", "diverged", "left the domain")
FINISHED, CONVERGED, DIVERGED, LEFT_DOMAIN = range(4)


@dataclass(frozen=True)
class Outcome:
    """How one run ended.

    Attributes:
        kind: `finished` after all its steps; `converged`, with a gradient norm below `tol`,
            where one was given; `diverged`, where the position, loss or gradient norm is
            not finite, or where the loss after the last step is above that of the start by
            more than 10^10 times the larger of 1 and the magnitude of the latter; or
            `left the domain` on which the objective is defined.
        step: the step at which it happened.
    """

    kind: str
    step: int

    @property
    def failed(self) -> bool:
        """Whether the run diverged or left the domain."""
        return self.kind in KINDS[DIVERGED:]

    def __str__(self) -> str:
        return self.kind if self.kind == "finished" else f"{self.kind} at step {self.step}"


@dataclass(frozen=True, eq=False)
class Outcomes:
    """How many runs ended, as arrays.

    Attributes:
        kind: index into `KINDS`, uint8 of shape (n,).
        step: the step at which it happened, int32 of shape (n,).
    """

    kind: np.ndarray
    step: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)

    def __getitem__(self, index: int) -> Outcome:
        return Outcome(KINDS[self.kind[index]], int(self.step[index]))

    @property
    def failed(self) -> np.ndarray:
        """Which runs diverged or left the domain, boolean of shape (n,)."""
        return self.kind >= DIVERGED

    def __str__(self) -> str:
        counts = Counter(self.kind.tolist())
        return ", ".join(f"{counts[k]} {KINDS[k]}" for k in sorted(counts))

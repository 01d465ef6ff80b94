"""When a loss has risen so far that the run is said to have diverged."""

from __future__ import annotations

from typing import Any

DIVERGENCE = 1e10
"""How many times its magnitude at the start, or 1, a loss may have risen by the last step."""


def has_diverged(first: Any, last: Any) -> Any:
    """Whether a loss ended so far above where it began that the run diverged.

    That is more than `DIVERGENCE` times the magnitude of the first loss, or of 1 where that is
    larger: a start at a minimum of 0 has no magnitude to compare with. A loss that falls without
    end has not diverged.

    Args:
        first: the loss at the start, a number or an array.
        last: that after the last step, of the same shape.
    """
    # divided, since a product might overflow
    rise = last / DIVERGENCE - first / DIVERGENCE
    return (rise > 1) & (rise > abs(first))

"""Arguments that all maps take, checked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...errors import SlalomError
from ...memory import check_fits

Progress = Callable[[int, int], None]
LARGEST = 100_000  # points along an axis


def checked_size(size: int, rows: int, bytes_each: int) -> int:
    """The number of points along an axis, if the map of `rows` × size points fits in memory.

    Args:
        size: points along the axis.
        rows: points across it, of all maps together.
        bytes_each: what is kept of one point.

    Raises:
        SlalomError: it does not, or the size is not 2 to 100,000.
    """
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 2:
        raise SlalomError(f"size must be a whole number of 2 or more points an axis, got {size}")
    if size > LARGEST:
        raise SlalomError(f"size must be at most {LARGEST:,} points an axis, got {size:,}")
    check_fits(
        f"a map of {rows:,} × {size:,} points", size * rows * bytes_each, "choose a smaller size"
    )
    return int(size)

"""Letters that the pictures' font does not have."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def boxes_for_missing() -> Iterator[None]:
    """Letters without a glyph are drawn as boxes, and Matplotlib does not warn of each."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font")
        yield

"""What all labelled data have in common: they show themselves, and print as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr


class Shown:
    """Something with a picture, which a notebook shows."""

    def _repr_png_(self) -> bytes:
        from ..pictures import png

        return png(self)


def plain(value: Any) -> Any:
    """A number, an array or a text as JSON has it; a number that is not finite is None."""
    if isinstance(value, (np.ndarray, xr.DataArray)):
        value = np.asarray(value).tolist()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not np.isfinite(value) else value

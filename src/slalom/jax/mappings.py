"""Compiled programs are dropped before the process has more memory mappings than Linux allows.

JAX keeps what it compiled, some thirty mappings a program, and crashes the process where the
kernel grants no more: after some two thousand different functions in one session.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import jax

OFTEN = 50
"""Calls from one look to the next; a look takes milliseconds where there are many mappings."""

_MAPPINGS = Path("/proc/self/maps")
_LIMIT = Path("/proc/sys/vm/max_map_count")
_calls = itertools.count(1)


def drop_some() -> None:
    """Now and then, drop all compiled programs where more than half of the mappings are in use."""
    if next(_calls) % OFTEN == 0:
        drop_above(1 / 2)


def drop_above(share: float) -> None:
    """Drop all compiled programs where more than this share of the mappings is in use.

    What is needed again is compiled again, or read from the cache on disk.
    """
    if mappings() > share * limit():
        jax.clear_caches()


def mappings() -> int:
    """How many memory mappings this process has; 0 where the system does not tell."""
    return _MAPPINGS.read_bytes().count(b"\n") if _MAPPINGS.exists() else 0


def limit() -> int:
    """How many a process may have, as the system is set."""
    return int(_LIMIT.read_text()) if _LIMIT.exists() else 65_530

"""What is compiled is kept on disk, so that the second run of a program compiles nothing."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path


def folder() -> Path:
    """Where compiled code is kept: `SLALOM_CACHE_DIR`, or the user's cache folder."""
    return Path(os.environ.get("SLALOM_CACHE_DIR") or _users() / "slalom")


def _users() -> Path:
    """The folder in which the programs of this user cache their files."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return given if given.is_absolute() else Path.home() / ".cache"


def compiled() -> Path:
    """The folder in `folder()` that holds the loops that JAX compiled."""
    return folder() / "xla"


@functools.cache
def switch_on() -> None:
    """Let JAX keep what it compiles in `folder()`, unless the user has set a place already.

    An empty `SLALOM_CACHE_DIR` switches it off.
    """
    import jax

    if (
        getattr(jax.config, "jax_compilation_cache_dir", None)
        or os.environ.get("SLALOM_CACHE_DIR") == ""
    ):
        return
    jax.config.update("jax_compilation_cache_dir", str(compiled()))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)

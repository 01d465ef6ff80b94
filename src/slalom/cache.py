"""What is compiled is kept on disk, so that the second run of a program compiles nothing."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import sys
import warnings
from pathlib import Path

from . import atomic

SUFFIX = ".compiled"
_LONGEST = 200  # characters of the name of an entry; the hash is at its end
# all names hold a hash: what else lies in the folder is not ours
_LOOPS = [f"*-{64 * '[0-9a-f]'}{ending}" for ending in (SUFFIX, "-cache", "-atime")]
_KERNELS = [f"{place}*_{16 * '[0-9a-f]'}.*" for place in ("", "__pycache__/")]


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


def kernels() -> Path:
    """The folder in `folder()` that holds the machine code of kernels."""
    return folder() / "kernels"


def kept() -> list[Path]:
    """The files in `folder()` that Slalom, and what it runs on, keep there; no others."""
    loops = [file for name in _LOOPS for file in compiled().glob(name)]
    return loops + [file for name in _KERNELS for file in kernels().glob(name)]


def clear() -> None:
    """Delete what is kept, and the folders that are empty then.

    Raises:
        SlalomError: a file cannot be deleted.
    """
    with atomic.writing(folder()):
        for file in kept():
            file.unlink(missing_ok=True)
    atomic.sweep(compiled())
    atomic.sweep(kernels())
    for place in (compiled(), kernels() / "__pycache__", kernels()):
        with contextlib.suppress(OSError):
            place.rmdir()


def trouble() -> str | None:
    """Why nothing can be kept in `folder()`; None where it can."""
    place = folder()
    while not os.path.lexists(place):
        place = place.parent
    if not place.is_dir():
        return f"{place} is a file, not a folder"
    return None if os.access(place, os.W_OK) else f"{place} is not writable"


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
    _use(Entries(compiled()))


def _use(entries: Entries) -> None:
    """Let JAX keep its entries there: it has no public way to say so.

    Where a version of JAX has no such inner parts, it uses the folder in its own way, without
    warnings.
    """
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache entry")
    with contextlib.suppress(ImportError):
        from jax._src import compilation_cache

        if {"_cache", "_cache_initialized"} <= vars(compilation_cache).keys():
            compilation_cache._cache = entries  # pyright: ignore[reportAttributeAccessIssue]
            compilation_cache._cache_initialized = True


class Entries:
    """A folder of what is compiled, each file with the hash of what it holds; JAX asks for such.

    JAX's own writes in place, so that a full disk or a killed process leaves half an entry; that
    one is never replaced, and every later process warns of it.

    Args:
        folder: where the files lie.
        suffix: the ending of their names.
    """

    def __init__(self, folder: Path, suffix: str = SUFFIX):
        self._path, self._suffix = folder, suffix

    def get(self, key: str) -> bytes | None:
        """The entry of that key; None where there is none, or a broken one."""
        try:
            kept = self._place(key).read_bytes()
        except OSError:
            return None
        size = hashlib.sha256().digest_size
        digest, value = kept[:size], kept[size:]
        return value if hashlib.sha256(value).digest() == digest else None

    def put(self, key: str, value: bytes) -> None:
        """Keep an entry, where that is possible."""
        with contextlib.suppress(OSError, ValueError):
            self._path.mkdir(parents=True, exist_ok=True)
            atomic.write(self._place(key), hashlib.sha256(value).digest() + value)

    def _place(self, key: str) -> Path:
        return self._path / f"{key[-_LONGEST:]}{self._suffix}"

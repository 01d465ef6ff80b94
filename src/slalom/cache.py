"""What is compiled is kept on disk, so that the second run of a program compiles nothing."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

from . import atomic
from .devices import check_devices
from .shutdown import Cleanup, critical

SUFFIX = ".compiled"
_LONGEST = 200  # characters of the name of an entry; the hash is at its end
# all names hold a hash: what else lies in the folder is not ours
_LOOPS = [f"*-{64 * '[0-9a-f]'}{ending}" for ending in (SUFFIX, "-cache", "-atime")]
_KERNELS = [f"{place}*_{16 * '[0-9a-f]'}.*" for place in ("", "__pycache__/")]


def folder() -> Path | None:
    """Where compiled code is kept: `SLALOM_CACHE_DIR`, or the user's cache folder.

    None where the user has none: no `HOME`, and no entry in the list of users.
    """
    if given := os.environ.get("SLALOM_CACHE_DIR"):
        return Path(given)
    users = _users("XDG_CACHE_HOME", ".cache")
    return users and users / "slalom"


def _users(variable: str, name: str) -> Path | None:
    """The folder in which the programs of this user keep such files.

    Args:
        variable: that names it, where the system follows the XDG specification.
        name: of the folder in the user's home, where the variable does not name one.
    """
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches"
        given = Path(os.environ.get(variable, ""))
        return given if given.is_absolute() else Path.home() / name
    except RuntimeError:  # nobody knows where the user's home is
        return None


def compiled() -> Path | None:
    """The folder in `folder()` that holds the loops that JAX compiled."""
    kept = folder()
    return kept and kept / "xla"


def kernels() -> Path | None:
    """The folder in `folder()` that holds the machine code of kernels."""
    kept = folder()
    return kept and kept / "kernels"


def kept() -> list[Path]:
    """The files in `folder()` that Slalom, and what it runs on, keep there; no others."""
    return [
        file
        for place, names in ((compiled(), _LOOPS), (kernels(), _KERNELS))
        for name in names
        for file in (place.glob(name) if place else ())
    ]


def clear() -> None:
    """Delete what is kept, and the folders that are empty then.

    Raises:
        SlalomError: a file cannot be deleted.
    """
    places = [place for place in (compiled(), kernels()) if place]
    with atomic.writing(folder() or "the cache"):
        for file in kept():
            file.unlink(missing_ok=True)
    for place in places:
        atomic.sweep(place)
        for empty in (place / "__pycache__", place):
            with contextlib.suppress(OSError):
                empty.rmdir()


def trouble(place: Path | None) -> str | None:
    """Why nothing can be kept in a folder, which is made when the first file is; None: it can."""
    if place is None:
        return "this user has no home"
    nearest = next((each for each in (place, *place.parents) if os.path.lexists(each)), place)
    if not nearest.is_dir():
        return f"{nearest} is a file, not a folder"
    return None if os.access(nearest, os.W_OK | os.X_OK) else f"{nearest} is not writable"


@functools.cache
def switch_on() -> None:
    """Let JAX keep what it compiles in `folder()`, unless the user has set a place already.

    An empty `SLALOM_CACHE_DIR` switches it off; where the folder cannot be used, nothing is kept.

    Raises:
        SlalomError: JAX has no device to run on.
    """
    import jax

    check_devices()
    place = compiled()
    is_set = bool(getattr(jax.config, "jax_compilation_cache_dir", None))
    if is_set or os.environ.get("SLALOM_CACHE_DIR") == "" or place is None or trouble(place):
        return
    jax.config.update("jax_compilation_cache_dir", str(place))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    _use(Entries(place))


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


def for_matplotlib() -> None:
    """Import Matplotlib, with a temporary folder where it has none: it would print a warning.

    Its list of fonts, which the first import writes, and the lock on it are not left half made.
    """
    places = _users("XDG_CACHE_HOME", ".cache"), _users("XDG_CONFIG_HOME", ".config")
    usable = not any(trouble(place and place / "matplotlib") for place in places)
    with critical:
        if not usable and "matplotlib" not in sys.modules and not os.environ.get("MPLCONFIGDIR"):
            made = tempfile.mkdtemp(prefix="slalom-matplotlib-")
            Cleanup(lambda: shutil.rmtree(made, ignore_errors=True)).at_exit()
            os.environ["MPLCONFIGDIR"] = made
        import matplotlib.font_manager  # noqa: F401

"""What is compiled is kept on disk, so that the second run of a program compiles nothing."""

from __future__ import annotations

import functools
import os
import shutil
import sys
import tempfile
from pathlib import Path

from .devices import check_devices
from .shutdown import Cleanup, critical


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


def is_usable(place: Path | None) -> bool:
    """Whether files can be made in a folder, which is made when the first one is."""
    if place is None:
        return False
    nearest = next((each for each in (place, *place.parents) if os.path.lexists(each)), place)
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


@functools.cache
def switch_on() -> None:
    """Let JAX keep what it compiles in `folder()`, unless the user has set a place already.

    An empty `SLALOM_CACHE_DIR` switches it off; where the folder cannot be used, nothing is kept.

    Raises:
        SlalomError: JAX has no device to run on.
    """
    import jax

    check_devices()
    if (
        getattr(jax.config, "jax_compilation_cache_dir", None)
        or os.environ.get("SLALOM_CACHE_DIR") == ""
        or not is_usable(compiled())
    ):
        return
    jax.config.update("jax_compilation_cache_dir", str(compiled()))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def for_matplotlib() -> None:
    """Import Matplotlib, with a temporary folder where it has none: it would print a warning.

    Its list of fonts, which the first import writes, and the lock on it are not left half made.
    """
    places = _users("XDG_CACHE_HOME", ".cache"), _users("XDG_CONFIG_HOME", ".config")
    usable = all(is_usable(place and place / "matplotlib") for place in places)
    with critical:
        if not usable and "matplotlib" not in sys.modules and not os.environ.get("MPLCONFIGDIR"):
            made = tempfile.mkdtemp(prefix="slalom-matplotlib-")
            Cleanup(lambda: shutil.rmtree(made, ignore_errors=True)).at_exit()
            os.environ["MPLCONFIGDIR"] = made
        import matplotlib.font_manager  # noqa: F401

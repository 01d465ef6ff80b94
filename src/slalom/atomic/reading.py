"""Reading a folder that another process may replace meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
TRIES = 100


def read_folder(path: Path, read: Callable[[Path], T]) -> T:
    """What `read` finds in a folder, all of it from the same one.

    Its files are opened one after the other, so that some may be of the older folder and some of
    the one that `replacing` has put there since: then all is read once more.

    Raises:
        OSError: it is replaced again and again; and whatever `read` raises.
    """
    for _ in range(TRIES):
        before = _identity(path)
        try:
            found = read(path)
        except Exception:
            if before == _identity(path):
                raise
        else:
            if before == _identity(path):
                return found
    raise OSError("another process keeps replacing it")


def _identity(folder: Path) -> tuple[int, int, int]:
    """What differs between two folders of one name: to be moved sets the last number."""
    facts = folder.stat()
    return facts.st_dev, facts.st_ino, facts.st_ctime_ns

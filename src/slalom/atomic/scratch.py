"""Folders for what is half made, each locked by its process: what a killed one left is put away."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..shutdown import Cleanup, critical

PREFIX, SUFFIX = ".slalom-", ".tmp"
ASIDE = "aside"  # in a scratch folder: what was in the place of a folder that is being moved there
_NAME = re.compile(re.escape(PREFIX) + r"\w{8}" + re.escape(SUFFIX))


@contextlib.contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """An empty folder in `parent`, removed when the block ends, or a signal ends the process.

    Only SIGKILL and the loss of power leave it behind. So it is locked (`flock`) by the process,
    and the system gives the lock back when the process is gone: whoever next writes into `parent`
    removes what is not locked.
    """
    _sweep_once(parent.resolve(), os.getpid())
    with contextlib.ExitStack() as stack:
        with critical:
            folder, lock = _made(parent)
            stack.callback(_unlock, lock)
            stack.enter_context(Cleanup(lambda: _removed(folder)))
        yield folder


def _removed(folder: Path) -> None:
    """Remove a folder that other threads, or ffmpeg, may still be writing to."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break


def sweep(parent: Path) -> None:
    """Remove the scratch folders in `parent` whose processes are gone."""
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                _put_away(Path(entry.path))


@functools.lru_cache(maxsize=1024)
def _sweep_once(parent: Path, process: int) -> None:
    """To look through a large folder takes time: once for each process."""
    sweep(parent)


def _made(parent: Path) -> tuple[Path, int | None]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, suffix=SUFFIX, dir=parent))
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            lock = _locked(folder)
            if folder.is_dir():
                return folder, lock
            _unlock(lock)
        # another process has swept it between its making and its locking


def _put_away(folder: Path) -> None:
    with contextlib.suppress(OSError):
        lock = _locked(folder)
        if lock is None:
            return
        for old in (folder / ASIDE).glob("*"):
            if not os.path.lexists(folder.parent / old.name):
                old.rename(folder.parent / old.name)  # killed before the new one was in its place
        shutil.rmtree(folder, ignore_errors=True)
        _unlock(lock)


def _locked(folder: Path) -> int | None:
    """A lock on a folder, as a file descriptor; None where the system has no such locks.

    Raises:
        BlockingIOError: another process holds it.
        FileNotFoundError: there is no such folder.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        raise
    except OSError:  # a file system without locks
        os.close(opened)
        return None
    return opened


def _unlock(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)

"""Files that are whole or not there: written beside their place, then renamed into it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from .errors import SlalomError
from .shutdown import Cleanup, critical


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path in the folder of `path`, with its ending; renamed to `path` at the end.

    Whatever is raised in between, Ctrl-C included, and a signal that ends the process, removes it
    and leaves `path` as it was.

    Raises:
        SlalomError: the folder is not there or cannot be written to.
    """
    path = Path(path)
    check_writable(path)
    try:
        with temporary_folder(path.parent, f".{path.stem}-") as folder:
            made = folder / path.name
            yield made
            with critical:
                if path.is_dir():  # a folder, such as a Zarr store, is not replaced by a rename
                    shutil.rmtree(path)
                made.replace(path)
    except OSError as error:
        raise SlalomError(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def temporary_folder(place: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `place`, which does not outlast the block, however that ends."""
    folder = place / f"{prefix}{secrets.token_hex(4)}"  # known before it is there
    with Cleanup(lambda: remove_folder(folder)):
        with critical:
            folder.mkdir(mode=0o700)
        yield folder


def remove_folder(folder: Path) -> None:
    """Remove a folder that others may still be writing to."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break


def check_writable(path: str | Path) -> None:
    """Raise unless a file can be made at `path`: better before the work than after it.

    Raises:
        SlalomError: the folder is not there or cannot be written to, or `path` is no file.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise SlalomError(f"cannot write {path}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise SlalomError(f"cannot write {path}: the folder {path.parent} is not writable")
    if path.exists() and not path.is_file() and path.suffix != ".zarr":
        raise SlalomError(f"cannot write {path}: it is a folder or a device, not a file")

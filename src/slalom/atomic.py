"""Files that are whole or not there: written beside their place, then renamed into it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .errors import SlalomError


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path in the folder of `path`, with its ending; renamed to `path` at the end.

    Whatever is raised in between, Ctrl-C included, removes it and leaves `path` as it was.

    Raises:
        SlalomError: the folder is not there or cannot be written to.
    """
    path = Path(path)
    check_writable(path)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.stem}-", dir=path.parent))
    try:
        made = folder / path.name
        yield made
        if path.is_dir():  # a folder, such as a Zarr store, is not replaced by a rename
            shutil.rmtree(path)
        made.replace(path)
    except OSError as error:
        raise SlalomError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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

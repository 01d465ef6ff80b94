"""Files that are whole or not there: written beside their place, then moved into it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import SlalomError
from .moving import move
from .scratch import scratch


@contextlib.contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """What the system says while `path` is written becomes one line.

    Raises:
        SlalomError: `path` cannot be written, with the system's reason.
    """
    try:
        yield
    except OSError as error:
        raise SlalomError(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path in the folder of `path`, of the same name; moved to `path` at the end.

    Whatever is raised in between, Ctrl-C included, removes it and leaves `path` as it was. Who
    reads meanwhile meets the old file or the new one. Where `path` is a link, what it points to
    is replaced.

    Raises:
        SlalomError: `path` cannot be written, or is something that must not be replaced.
    """
    check_writable(path)
    place = Path(os.path.realpath(path))
    with writing(path), scratch(place.parent) as folder:
        made = folder / place.name
        yield made
        move(made, place)


def write(path: str | Path, content: str | bytes | memoryview) -> None:
    """Write a file, whole or not at all.

    Raises:
        SlalomError: `path` cannot be written.
    """
    with replacing(path) as made:
        made.write_bytes(content.encode() if isinstance(content, str) else content)


def write_folder(path: str | Path, files: Mapping[str, bytes]) -> None:
    """Write a folder of files by their paths within it, whole or not at all.

    Raises:
        SlalomError: `path` cannot be written, or is a folder that holds other things.
    """
    with replacing(path) as made:
        folders = {made / parent for name in files for parent in Path(name).parents}
        for folder in sorted(folders):  # without `parents`: a folder taken away stays away
            folder.mkdir()
        for name, content in files.items():
            (made / name).write_bytes(content)


def check_writable(path: str | Path) -> None:
    """Raise unless `path` can be made or replaced: better before the work than after it.

    Raises:
        SlalomError: the folder is not there or cannot be written to, or `path` is something
            that must not be replaced.
    """
    with writing(path):  # the current folder may be gone
        place = Path(os.path.realpath(path))
        reason = _why_not_made(place, Path(path).parent)
        if reason is None and place.exists():
            is_store = Path(path).suffix == ".zarr"
            reason = _why_no_store(place) if is_store else _why_no_file(place)
    if reason is not None:
        raise SlalomError(f"cannot write {path}: {reason}")


def _why_not_made(place: Path, folder: Path) -> str | None:
    if not place.parent.is_dir():
        return f"there is no folder {folder}"
    return None if os.access(place.parent, os.W_OK) else f"the folder {folder} is not writable"


def _why_no_file(place: Path) -> str | None:
    return None if place.is_file() else "it is a folder or a device, not a file"


def _why_no_store(place: Path) -> str | None:
    """Why this must not be replaced by a folder: nothing but a Zarr store may go."""
    if not place.is_dir():
        return "it is a file, not a Zarr store"
    if os.path.ismount(place):
        return "a file system is mounted there"
    if Path.cwd().is_relative_to(place):
        return "it is the current folder, or one around it"
    if not _is_zarr(place):
        return "it is a folder that holds no Zarr store (no zarr.json)"
    other = next(_other_files(place), None)
    return other and f"the folder holds {other}, which belongs to no Zarr store"


def _is_zarr(folder: Path) -> bool:
    try:
        facts = json.loads((folder / "zarr.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(facts, dict) and "zarr_format" in facts


def _other_files(folder: Path) -> Iterator[Path]:
    """Files in a Zarr store that no store has: neither descriptions nor chunks."""
    for file in folder.rglob("*"):
        within = file.relative_to(folder)
        if not file.is_dir() and file.name != "zarr.json" and "c" not in within.parts:
            yield within

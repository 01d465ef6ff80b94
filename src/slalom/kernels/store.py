"""Kernels as files: named by a hash of their text and its meaning, imported, compiled once."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from .. import atomic, cache
from ..errors import SlalomError

SUM = ".sha256"  # ending of the file that notes the hash of what is compiled of a kernel


def imported(text: str, name: str) -> ModuleType:
    """The module whose source is `text`, with its functions compiled.

    It comes from a file in the cache's folder, because Numba keeps compiled only what comes from
    one. What lies there and is broken is made anew. Where the folder cannot be used, the module
    has no file, and is compiled by every process.

    Args:
        text: the source.
        name: what the file's name begins with.
    """
    meaning = text.encode() + Path(__file__).with_name("access.py").read_bytes()
    digest = hashlib.sha256(meaning).hexdigest()[:16]
    stem = re.sub(r"\W+", "_", f"{name}_{digest}", flags=re.ASCII)
    if os.environ.get("SLALOM_CACHE_DIR") != "":  # empty: nothing is to be kept
        with contextlib.suppress(Exception):  # a broken cache must not stop a step
            return _kept(cache.kernels() / f"{stem}.py", text)
    return _from_memory(text, stem)


def _kept(path: Path, text: str) -> ModuleType:
    """The module of a file in the cache; what is compiled of it and broken is made anew."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # written unless it is there: Numba recognizes it by its date too
    if _content(path) != text.encode():
        atomic.write(path, text)
    noted = path.with_suffix(SUM)
    if _content(noted) != _sum(path):  # to run what a disk has spoilt would end the process
        _forget(path)
    try:
        module = _from_file(path)
    except OSError:  # no room, or no right to write
        raise
    except Exception:
        _forget(path)
        module = _from_file(path)
    if _content(noted) != (found := _sum(path)):
        atomic.write(noted, found)
    return module


def _compiled(path: Path) -> list[Path]:
    """What Python and Numba keep compiled of a file."""
    return sorted(path.parent.glob(f"__pycache__/{path.stem}.*"))


def _sum(path: Path) -> bytes:
    digest = hashlib.sha256()
    for each in _compiled(path):
        digest.update(each.name.encode() + (_content(each) or b""))
    return digest.hexdigest().encode()


def _forget(path: Path) -> None:
    for each in _compiled(path):
        each.unlink(missing_ok=True)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _from_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"slalom_kernels.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise SlalomError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    with _known(module):
        spec.loader.exec_module(module)
    return module


def _from_memory(text: str, stem: str) -> ModuleType:
    module = ModuleType(f"slalom_kernels.{stem}")
    with _known(module):
        exec(compile(text, f"<{stem}>", "exec"), vars(module))  # noqa: S102 (our own text)
    return module


@contextlib.contextmanager
def _known(module: ModuleType) -> Iterator[None]:
    """Let a module be found while it is run, and after it: Numba asks for a function's module."""
    sys.modules[module.__name__] = module
    try:
        yield
    except BaseException:
        del sys.modules[module.__name__]
        raise

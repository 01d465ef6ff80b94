"""Kernels as files: named by a hash of their text and its meaning, imported, compiled once."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from .. import atomic, cache
from ..errors import SlalomError
from ..shutdown import Cleanup


def imported(text: str, name: str) -> ModuleType:
    """The module whose source is `text`, with its functions compiled.

    It is a real file, because Numba keeps compiled only what comes from one. Where the cache's
    folder cannot be used, it is in a temporary folder, which is deleted when the process ends.

    Args:
        text: the source.
        name: what the file's name begins with.
    """
    meaning = text.encode() + Path(__file__).with_name("access.py").read_bytes()
    digest = hashlib.sha256(meaning).hexdigest()[:16]
    file = re.sub(r"\W+", "_", f"{name}_{digest}", flags=re.ASCII) + ".py"
    if os.environ.get("SLALOM_CACHE_DIR") != "":  # empty: nothing is to be kept
        try:
            return _module(_written(_folder() / file, text))
        except Exception:  # noqa: S110 (a broken cache must not stop a step)
            pass
    return _module(_written(_temporary() / file, text))


def _folder() -> Path:
    kept = cache.folder()
    if kept is None:
        raise SlalomError("this user has no folder for what is to be kept")
    return kept / "kernels"


def _written(path: Path, text: str) -> Path:
    """The file, written unless it is there: Numba recognizes it by its date too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        with atomic.replacing(path) as place:
            place.write_text(text, encoding="utf-8")
    return path


@functools.cache
def _temporary() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="slalom-kernels-"))
    Cleanup(lambda: shutil.rmtree(folder, ignore_errors=True)).at_exit()
    return folder


def _module(path: Path) -> ModuleType:
    name = f"slalom_kernels.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SlalomError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Numba looks up a function's module by its name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module

"""Machine code as files: named by a hash of all that it depends on, written whole, checked."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from importlib.metadata import version
from pathlib import Path

from .. import atomic, cache
from .machine import Code, Machine, compiled, processor, unpacked

_MEANING = ("access.py", "machine.py")  # what the text means depends on these files
_SUM = hashlib.sha256().digest_size
_SETTINGS = "NUMBA_"  # what variables of the environment begin with that may change the code


def machine(text: str, name: str) -> Machine:
    """The machine code of a kernel's text: loaded, or compiled and kept.

    Where the cache's folder cannot be used, or `SLALOM_CACHE_DIR` is empty, it is compiled by
    every process. A file that is broken is made again.

    Args:
        text: the source.
        name: what the file's name begins with.
    """
    if os.environ.get("SLALOM_CACHE_DIR") == "":
        return Machine(compiled(text, name))
    file = re.sub(r"\W+", "_", f"{name}_{_digest(text)}", flags=re.ASCII) + ".o"
    path = None
    with contextlib.suppress(Exception):  # a cache that cannot be used must not stop a step
        path = cache.folder() / "kernels" / file
        return Machine(_read(path))
    code = compiled(text, name)
    if path is not None:
        with contextlib.suppress(Exception):
            _write(path, code)
    return Machine(code)


def _digest(text: str) -> str:
    """Of the text and of all else that the machine code depends on."""
    here = Path(__file__).parent
    parts = [text.encode(), *((here / one).read_bytes() for one in _MEANING)]
    told = [version("numba"), version("llvmlite"), processor()]
    told += [f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith(_SETTINGS)]
    parts += [one.encode() for one in told]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _read(path: Path) -> Code:
    """The code of a file.

    Raises:
        OSError: there is none.
        ValueError: it is not whole: machine code that is not would end the process.
    """
    kept = path.read_bytes()
    if hashlib.sha256(kept[_SUM:]).digest() != kept[:_SUM]:
        raise ValueError(f"{path} is broken")
    return unpacked(kept[_SUM:])


def _write(path: Path, code: Code) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = code.packed()
    with atomic.replacing(path) as place:
        place.write_bytes(hashlib.sha256(packed).digest() + packed)

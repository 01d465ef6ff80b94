"""Machine code as files: named by a hash of all that it depends on, compiled once."""

from __future__ import annotations

import hashlib
import os
import re
from importlib.metadata import version
from pathlib import Path

from .. import cache
from .machine import Machine, compiled, processor, unpacked

_MEANING = ("access.py", "machine.py")  # what the text means depends on these files
_SETTINGS = "NUMBA_"  # what variables of the environment begin with that may change the code


def machine(text: str, name: str) -> Machine:
    """The machine code of a kernel's text: loaded, or compiled and kept.

    Where the cache's folder cannot be used, or `SLALOM_CACHE_DIR` is empty, it is compiled by
    every process. A file that is broken is made again: to run what a disk has spoilt would end
    the process.

    Args:
        text: the source.
        name: what the file's name begins with.
    """
    place = cache.kernels()
    if place is None or os.environ.get("SLALOM_CACHE_DIR") == "":
        return Machine(compiled(text, name))
    entries = cache.Entries(place, ".o")
    key = re.sub(r"\W+", "_", f"{name}_{_digest(text)}", flags=re.ASCII)
    kept = entries.get(key)
    if kept is not None:
        return Machine(unpacked(kept))
    code = compiled(text, name)
    entries.put(key, code.packed())
    return Machine(code)


def _digest(text: str) -> str:
    """Of the text and of all else that the machine code depends on."""
    here = Path(__file__).parent
    parts = [text.encode(), *((here / one).read_bytes() for one in _MEANING)]
    told = [version("numba"), version("llvmlite"), processor()]
    told += [f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith(_SETTINGS)]
    parts += [one.encode() for one in told]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]

"""PyTorch's own threads, which are awake when the backward pass has ended."""

from __future__ import annotations

import ctypes
import functools
import os
from pathlib import Path
from typing import Any

import torch

from ..kernels import Team, Work


@functools.cache
def team() -> Team | None:
    """The threads of the OpenMP library that PyTorch is linked with; None if it has none of it.

    Threads beside them would have to share the processors with them, because those of OpenMP
    wait for more work without sleeping.
    """
    libraries = sorted((Path(torch.__file__).parent / "lib").glob("libtorch_cpu.*"))
    try:  # searches what the library depends on, too
        begin = ctypes.CDLL(str(libraries[0])).GOMP_parallel
    except (OSError, AttributeError, IndexError):
        return None
    begin.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
    begin.restype = None
    return _OpenMP(begin)


class _OpenMP:
    is_forked = False
    """whether this process was forked: then it has none of the threads"""

    def __init__(self, begin: Any):
        self._begin = begin

    def run(self, work: Work, threads: int) -> None:
        """Do all of the work; alone where there are no threads to help."""
        if threads < 2 or work.pieces < 2 or self.is_forked:
            work.run()
        else:
            self._begin(work.loop.address, work.place, threads, 0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: setattr(_OpenMP, "is_forked", True))

"""Moving what is made to its place, where something older may be."""

from __future__ import annotations

import ctypes
import errno
import functools
import os
from collections.abc import Callable
from pathlib import Path

from ..shutdown import critical
from .scratch import ASIDE

_HERE = -100  # AT_FDCWD of Linux: paths begin at the current folder
_EXCHANGE = 2  # RENAME_EXCHANGE


def move(made: Path, place: Path) -> None:
    """Move a file or a folder to its place; what was there goes, once the new one is in it."""
    with critical:
        if not made.is_dir():
            made.replace(place)
        elif not place.exists():
            made.rename(place)
        elif not _exchanged(made, place):
            _put_aside(made, place)


def _put_aside(made: Path, place: Path) -> None:
    aside = made.parent / ASIDE / place.name
    aside.parent.mkdir()
    try:
        place.rename(aside)
        made.rename(place)
    finally:
        if not place.exists():
            aside.rename(place)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two paths change their places in one moment; whether the system can."""
    call = _renameat2()
    if call is None:
        return False
    if call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):  # an old kernel, or a file system
        return False
    raise OSError(number, os.strerror(number), str(other))


@functools.cache
def _renameat2() -> Callable[..., int] | None:
    """The call of Linux that can exchange; None where there is none."""
    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return None

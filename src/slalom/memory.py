"""How much memory is left, and whether what is asked for fits in it."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import SlalomError

SMALL = 2**26  # so little always fits; asking the system takes longer than to use it
UNKNOWN = 2**33  # where the system does not tell
CGROUP = Path("/sys/fs/cgroup")


def check_fits(what: str, needed: float, instead: str) -> None:
    """Raise unless there is memory for something.

    Args:
        what: it is, the beginning of a sentence: `a path of 1,000 steps`.
        needed: how many bytes it takes at most.
        instead: what to ask for instead.

    Raises:
        SlalomError: what it takes, and what there is.
    """
    if needed <= SMALL or needed <= (free := available()):
        return
    raise SlalomError(
        f"{what} would take {_size(needed)}, and {_size(free)} of memory are free: {instead}"
    )


def available() -> int:
    """How many bytes this process can still take: of the machine, its container, its limit."""
    known = [_of_machine(), _of_container(), _of_process()]
    return max(0, min((left for left in known if left is not None), default=UNKNOWN))


def _of_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found = dict(line.split(":") for line in lines)
        return int(found["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError):  # no Linux
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _of_container() -> int | None:
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:  # a container without a limit says "max", or a number larger than any memory
            return int((CGROUP / limit).read_text()) - int((CGROUP / used).read_text())
        except (OSError, ValueError):
            continue
    return None


def _of_process() -> int | None:
    """What `ulimit -v` leaves."""
    try:
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit == resource.RLIM_INFINITY:
            return None
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        return limit - pages * os.sysconf("SC_PAGE_SIZE")
    except (ImportError, OSError, ValueError):  # Windows; no Linux
        return None


def _size(count: float) -> str:
    """Bytes as people read them: `3.2 GiB`."""
    units = iter(("bytes", "KiB", "MiB", "GiB", "TiB", "PiB"))
    unit = next(units)
    while count >= 1024 and unit != "PiB":
        count, unit = count / 1024, next(units)
    return f"{count:.3g} {unit}"

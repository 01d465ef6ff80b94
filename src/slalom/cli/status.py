"""How a command ends: exit statuses, and the one line on standard error."""

from __future__ import annotations

import sys

from ..shutdown import critical

OK, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


class Stopped(Exception):  # noqa: N818 (no error: the user wants it so)
    """Interrupted by Ctrl-C, with a line of its own."""


def complain(problem: str, status: int = FAILED) -> int:
    """Print one line on standard error, and give back the exit status."""
    line = " ".join(problem.split())
    with critical:
        print(f"slalom: {line}", file=sys.stderr)  # noqa: T201
    return status

"""`slalom`, and `python -m slalom`: the command line as a process of its own."""

import os
import sys

from slalom.shutdown import on_signals


def main() -> int:
    """Run the command of this process's arguments; signals end it at any moment.

    Returns:
        The exit status.
    """
    _open_streams()
    on_signals()  # before anything else is loaded
    from slalom.cli import main as command

    return command()


def _open_streams() -> None:
    """Open what the caller closed, or else a file that is written would become standard output."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


if __name__ == "__main__":
    sys.exit(main())

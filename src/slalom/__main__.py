"""`slalom`, and `python -m slalom`: the command line as a process of its own."""

import sys

from slalom.shutdown import on_signals


def main() -> int:
    """Run the command of this process's arguments; signals end it at any moment.

    Returns:
        The exit status.
    """
    on_signals()  # before anything else is loaded
    from slalom.cli import main as command

    return command()


if __name__ == "__main__":
    sys.exit(main())

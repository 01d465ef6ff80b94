"""Ending a process on a signal, at any moment: clean up, print one line, exit.

An exception that Ctrl-C raises inside an import or inside compiled code may be lost, become another
error, or crash the process. So in a process of the command line a signal raises none: a thread runs
the cleanups and exits. In Python a `KeyboardInterrupt` stays what it is: then blocks end as usual.

The command line imports this module first. Until it has, Ctrl-C ends in a traceback: so it loads
nothing that the interpreter has not loaded, neither `signal` nor `threading` nor `contextlib`.
"""

from __future__ import annotations

import atexit
import os
from _thread import RLock, start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterable
else:
    import _signal as signal  # without the enumerations, which take longer than all else here

LINES = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "the terminal was closed"}
"""The signals that end a command, and what it prints."""

PATIENCE = 5.0  # seconds to wait for a critical section

critical = RLock()
"""Held while something is made or put in place that a signal must find either whole or not at all.

A process that ends takes it and keeps it: from then on nothing new begins.
"""

_cleanups: list[Cleanup] = []
_line: list[str] = []  # what is printed instead of "interrupted"


class Cleanup:
    """Calls a function when the block ends, or when a signal ends the process within the block.

    Args:
        function: removes what must not outlast the block; may be called twice, by any thread.
    """

    def __init__(self, function: Callable[[], object]):
        self._function = function

    def __enter__(self) -> Cleanup:
        with critical:
            _cleanups.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._function()
        finally:
            with critical:
                if self in _cleanups:
                    _cleanups.remove(self)

    def at_exit(self) -> None:
        """Call it when the process exits, in place of a block."""
        self.__enter__()
        atexit.register(self.__exit__)

    def run(self) -> None:
        """Call the function; what it raises is of no use to a process that ends."""
        try:  # noqa: SIM105
            self._function()
        except Exception:  # noqa: S110
            pass


class Saying:
    """Within the block an interrupt prints this line."""

    def __init__(self, line: str):
        self._interrupted = line

    def __enter__(self) -> None:
        _line.append(self._interrupted)

    def __exit__(self, *_: object) -> None:
        _line.pop()


def exit_now(status: int, line: str | None = None) -> None:
    """Run the cleanups, the latest first, print a line on standard error, and exit.

    For any thread but one that holds `critical`.
    """
    critical.acquire(timeout=PATIENCE)  # and keep it
    for cleanup in reversed(_cleanups.copy()):
        cleanup.run()
    if line is not None:
        try:  # noqa: SIM105
            os.write(2, f"slalom: {line}\n".encode())
        except OSError:  # there is nobody to read it
            pass
    os._exit(status)


def on_signals(names: Iterable[str] = LINES, *, quiet: bool = False) -> None:
    """Let signals end this process with status 128 + number; those that it ignores stay ignored.

    Args:
        names: of the signals, as in `LINES`.
        quiet: print nothing.
    """
    numbers = {int(getattr(signal, name)): name for name in names if hasattr(signal, name)}
    watched = {n: name for n, name in numbers.items() if signal.getsignal(n) != signal.SIG_IGN}
    reading, writing = os.pipe()
    if hasattr(os, "set_blocking"):  # Windows asks for it of sockets alone
        os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    start_new_thread(_wait, (reading, watched, quiet))
    for number in watched:
        signal.signal(number, _nothing)
    atexit.register(_ignore, watched)  # the first that is registered is the last that is called


def _nothing(*_: object) -> None:
    """The handler in the main thread, which may be within compiled code for long."""


def _ignore(watched: Iterable[int]) -> None:
    """Ignore signals while the interpreter is taken down: all is done, and no thread runs."""
    for number in watched:
        signal.signal(number, signal.SIG_IGN)


def _wait(reading: int, watched: dict[int, str], quiet: bool) -> None:
    """Wait for a signal, whose number Python writes to the pipe, and exit."""
    while (number := os.read(reading, 1)[0]) not in watched:
        pass
    line = LINES[watched[number]]
    if _line and number == signal.SIGINT:
        line = _line[-1]
    exit_now(128 + number, None if quiet else line)

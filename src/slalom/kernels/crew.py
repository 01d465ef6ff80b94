"""Sharing the elements of a step among threads.

Not Numba's threads: of its layers the one that is always there ends the process when two threads
use it at once, and the others end it, or hang, after a fork. A compiled loop without the
interpreter's lock needs no more than Python's own threads, which have no such traps.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Protocol

from .work import Work


class Team(Protocol):
    """Threads that do a piece of work together."""

    def run(self, work: Work, threads: int) -> None:
        """Do all of the work, in up to so many threads."""


class Crew:
    """Threads that are started when first needed, in every process its own."""

    def __init__(self):
        self._gather()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._gather)

    def _gather(self) -> None:
        """Begin without threads: after a fork the child has none of them."""
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._size = 0

    def run(self, work: Work, threads: int) -> None:
        """Do all of the work; the calling thread takes part.

        A late helper finds no piece left and returns at once.
        """
        if threads < 2 or work.pieces < 2:
            work.run()
            return
        done: SimpleQueue[int] = SimpleQueue()

        def share() -> None:
            done.put(work.run())

        self._call(share, threads - 1)
        share()
        left = work.pieces
        while left:
            left -= done.get()

    def _call(self, share: Callable[[], None], helpers: int) -> None:
        """Let helpers work beside the calling thread.

        Starts no thread during interpreter shutdown; those that run already may go on.
        """
        with contextlib.suppress(RuntimeError):
            while self._size < helpers:
                Thread(target=_serve, args=[self._calls], name="slalom", daemon=True).start()
                self._size += 1
        for _ in range(min(helpers, self._size)):
            self._calls.put(share)


@functools.cache
def most_threads() -> int:
    """How many threads of this process may run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _serve(calls: SimpleQueue[Callable[[], None]]) -> None:
    while True:
        calls.get()()

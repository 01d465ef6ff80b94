"""Sharing a piece of work among threads.

Not Numba's threads: of its layers the one that is always there ends the process when two threads
use it at once, and the others end it, or hang, after a fork. A compiled loop without the
interpreter's lock needs no more than Python's own threads, which have no such traps.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Crew:
    """Threads that are started when first needed, in every process its own."""

    def __init__(self):
        self._pool: ThreadPoolExecutor | None = None
        self._size = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._dismiss)

    def _dismiss(self) -> None:
        """Forget the threads: after a fork the child has none of them."""
        self._pool, self._size = None, 0

    def share(self, work: Callable[[int, int], object], total: int, piece: int, size: int) -> None:
        """Call `work(first, last)` for all pieces of `range(total)`, in up to `size` threads.

        Pieces go to whoever is free, so that a thread that the system holds up delays no other.
        The calling thread is one of them, and returns when all is done.
        """
        if size < 2 or total <= piece:
            work(0, total)
            return
        starts = itertools.count(0, piece)

        def labour() -> None:
            while (first := next(starts)) < total:
                work(first, min(first + piece, total))

        helpers = self._hired(labour, size)
        try:
            labour()
        finally:
            _wait(helpers)

    def _hired(self, labour: Callable[[], None], size: int) -> list[Future]:
        """Who labours beside the calling thread: nobody once the interpreter is ending.

        Then it starts no thread any more, while those that were started before may go on.
        """
        pool, helpers = self._pool, []
        if pool is None or self._size < size:
            pool = ThreadPoolExecutor(size - 1, thread_name_prefix="slalom")
            self._pool, self._size = pool, size
        with contextlib.suppress(RuntimeError):
            helpers.extend(pool.submit(labour) for _ in range(size - 1))
        return helpers


def _wait(helpers: list[Future]) -> None:
    """Wait for those who began; who has not begun finds nothing left to do."""
    for helper in helpers:
        if not helper.cancel():
            helper.result()

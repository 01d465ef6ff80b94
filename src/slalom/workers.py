"""Work in parallel processes, each started afresh: JAX does not survive a fork."""

from __future__ import annotations

import errno
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from .errors import SlalomError
from .memory import check_fits

PROCESS = 2**28  # bytes that a process takes, at least, with what it imports
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


@dataclass(frozen=True)
class Failure:
    """Why a task failed, in one line."""

    reason: str


class Pool:
    """Processes that share tasks; all of them have ended when the block ends, however it ends.

    Args:
        workers: how many, at least 1. Default: as many as there are cores.

    Raises:
        SlalomError: fewer than 1, or more than fit in memory.
    """

    def __init__(self, workers: int | None = None):
        cores = os.cpu_count() or 1
        self.workers = cores if workers is None else workers
        if self.workers < 1:
            raise SlalomError(f"workers must be at least 1, got {workers}")
        if self.workers > cores:
            check_fits(f"{workers:,} processes", PROCESS * self.workers, "choose fewer workers")
        self._threads = max(1, cores // self.workers)

    def __enter__(self) -> Pool:
        self._others = set(multiprocessing.active_children())
        self._executor = ProcessPoolExecutor(
            self.workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(self._threads,),
        )
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is not None:  # abandon the running tasks
            for child in set(multiprocessing.active_children()) - self._others:
                child.kill()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def each(
        self, work: Callable[[Any], Any], tasks: Iterable[Any]
    ) -> Iterator[tuple[Any, Any | Failure]]:
        """Every task with its result, or with why it failed, in the order in which they end.

        Args:
            work: a function that a process can import.
            tasks: what it is called with.

        Raises:
            SlalomError: there is no room on the disk.
            OSError: a process was killed.
        """
        waiting = {self._executor.submit(_tried, work, task): task for task in tasks}
        for future in as_completed(waiting):
            try:
                yield waiting[future], future.result()
            except BrokenProcessPool:
                raise OSError("a worker process was killed; is there enough memory?") from None


def _begin(threads: int) -> None:
    """Set up a process before anything is loaded in it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles Ctrl-C
    os.environ.setdefault("MPLBACKEND", "agg")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # no remarks on its cache
    for name in ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _tried(work: Callable[[Any], Any], task: Any) -> Any | Failure:
    try:
        return work(task)
    except Exception as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            told = f"cannot write {cause.filename}: {cause.strerror}" if error is cause else error
            raise SlalomError(str(told)) from None  # no other task would fare better
        message = " ".join(str(error).split())
        return Failure(
            message if isinstance(error, SlalomError) else f"{type(error).__name__}: {message}"
        )

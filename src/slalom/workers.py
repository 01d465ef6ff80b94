"""Work in parallel processes, each started afresh: JAX does not survive a fork."""

from __future__ import annotations

import contextlib
import errno
import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import Any, NamedTuple

from . import shutdown
from .errors import SlalomError
from .memory import check_fits

PROCESS = 2**28  # bytes that a process takes, at least, with what it imports
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
PATIENCE = 3.0  # seconds for a process to end when it is asked to


@dataclass(frozen=True)
class Failure:
    """Why a task failed, in one line."""

    reason: str


class _Raised(NamedTuple):
    """An error that ends all of the work."""

    error: Exception


class _Worker(NamedTuple):
    process: SpawnProcess
    line: Any  # a connection: tasks go there, what comes of them comes back


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
        self._started: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._cleanup = shutdown.Cleanup(self._end)

    def __enter__(self) -> Pool:
        self._cleanup.__enter__()
        return self

    def __exit__(self, *_: Any) -> None:
        self._cleanup.__exit__()

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
        waiting, busy = deque(tasks), dict[Any, tuple[_Worker, Any]]()
        while waiting or busy:
            while waiting and (self._idle or len(self._started) < self.workers):
                worker = self._idle.pop() if self._idle else self._start()
                busy[worker.line] = worker, waiting.popleft()
                with _killed():
                    worker.line.send((work, busy[worker.line][1]))
            for line in wait(list(busy)):
                worker, task = busy.pop(line)
                with _killed():
                    result = worker.line.recv()
                self._idle.append(worker)
                if isinstance(result, _Raised):
                    raise result.error
                yield task, result

    def _start(self) -> _Worker:
        """A new process. It begins with Ctrl-C blocked, which is for this process alone."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._threads))
        with shutdown.critical, _blocked(signal.SIGINT):
            process.start()
            self._started.append(worker := _Worker(process, ours))
        theirs.close()
        return worker

    def _end(self) -> None:
        """End the processes: those that wait for a task at once, the others amid their work."""
        for process, _ in self._started:
            process.terminate()
        for process, _ in self._started:
            process.join(PATIENCE)
            process.kill()
            process.join()


@contextlib.contextmanager
def _killed() -> Iterator[None]:
    """Say of a process that no longer answers what became of it."""
    try:
        yield
    except (EOFError, ConnectionError):
        raise OSError("a worker process was killed; is there enough memory?") from None


@contextlib.contextmanager
def _blocked(number: int) -> Iterator[None]:
    """Block a signal in this thread, and in the processes that it starts."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its start, which the first process needs, unblocks
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(tasks: Any, threads: int) -> None:
    """A worker process: do what comes, until nothing more can come."""
    _begin(threads)
    while True:
        try:
            work, task = tasks.recv()
        except EOFError:
            return
        try:
            result = _tried(work, task)
        except Exception as error:
            result = _Raised(error)
        tasks.send(result)


def _begin(threads: int) -> None:
    """Set up a process before anything is loaded in it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles Ctrl-C
    shutdown.on_signals(["SIGTERM"], quiet=True)
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
    shutdown.exit_now(1)


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

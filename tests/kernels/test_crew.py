"""Sharing work among threads, with a loop in Python in place of a compiled one."""

import ctypes
import threading
import time

import numpy as np
import pytest

from slalom.kernels import crew as module
from slalom.kernels.crew import Crew
from slalom.kernels.machine import Function
from slalom.kernels.work import steps

LONG = 10  # seconds that nothing here takes


def share(crew, work, threads):
    """The thread that asked for the work, after all of it is done."""
    caller = threading.Thread(target=crew.run, args=(work, threads), daemon=True)
    caller.start()
    caller.join(LONG)
    assert not caller.is_alive()
    return caller


class Pieces:
    """Work whose pieces are counted; each helper waits for others before the first one."""

    def __init__(self, pieces, company=1, pause=0.0):
        self.pieces, self.left, self.done = pieces, pieces, 0
        self.helpers, self.lock, self.pause = [], threading.Lock(), pause
        self.gate = threading.Barrier(company)

    def run(self):
        self.helpers.append(threading.current_thread())
        self.gate.wait(LONG)
        count = 0
        while True:
            with self.lock:
                if not self.left:
                    return count
                self.left -= 1
            if threading.current_thread().name == "slalom":
                time.sleep(self.pause)
            with self.lock:
                self.done += 1
            count += 1


class Calls(list):
    """A queue that nobody serves."""

    put = list.append


@pytest.mark.parametrize(("pieces", "threads"), [(9, 1), (1, 9), (1, 1), (0, 4)])
def test_what_is_not_worth_sharing_is_done_at_once(pieces, threads):
    crew, work = Crew(), Pieces(pieces)
    caller = share(crew, work, threads)
    assert work.done == pieces
    assert work.helpers == [caller]
    assert crew._size == 0


@pytest.mark.parametrize("threads", [2, 3, 5])
def test_all_threads_that_are_asked_for_help(threads):
    """No more: each waits until so many have come."""
    crew, work = Crew(), Pieces(20, company=threads)
    caller = share(crew, work, threads)
    assert work.done == 20
    assert len(set(work.helpers)) == len(work.helpers) == threads
    assert caller in work.helpers
    helpers = {t for t in work.helpers if t is not caller}
    assert {(t.name, t.daemon) for t in helpers} == {("slalom", True)}
    again = Pieces(20, company=threads)
    caller = share(crew, again, threads)
    assert set(again.helpers) == helpers | {caller}  # threads are kept


def test_two_pieces_are_shared():
    work = Pieces(2, company=2)
    share(Crew(), work, 2)
    assert len(work.helpers) == 2


def test_a_step_ends_when_its_last_piece_does():
    work = Pieces(4, company=2, pause=0.05)
    share(Crew(), work, 2)
    assert work.done == 4


def test_only_as_many_are_called_as_are_asked_for():
    crew = Crew()
    crew._size, crew._calls = 5, Calls()
    share(crew, Pieces(8), 3)
    assert len(crew._calls) == 2


def test_where_no_thread_can_be_started_the_caller_does_all(monkeypatch):
    def refuse(**given):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(module, "Thread", refuse)
    crew, work = Crew(), Pieces(8)
    share(crew, work, 4)
    assert (work.done, crew._size) == (8, 0)
    crew._size, crew._calls = 1, Calls()  # started before: it may go on
    share(crew, Pieces(8), 4)
    assert (len(crew._calls), crew._size) == (1, 1)


def test_after_a_fork_there_are_none():
    crew = Crew()
    share(crew, Pieces(4, company=2), 2)
    before = crew._calls
    crew._gather()
    assert crew._size == 0
    assert crew._calls is not before
    share(crew, Pieces(4, company=2), 2)
    assert crew._size == 1


def test_a_child_is_told_of_the_fork(monkeypatch):
    told = []
    monkeypatch.setattr(module.os, "register_at_fork", lambda **given: told.append(given))
    crew = Crew()
    assert told == [{"after_in_child": crew._gather}]
    monkeypatch.delattr(module.os, "register_at_fork")
    share(Crew(), Pieces(1), 1)  # where there are no forks


@pytest.mark.parametrize(
    ("total", "piece", "pieces"), [(12, 5, 3), (10, 5, 2), (1, 5, 1), (0, 5, 0)]
)
def test_the_table_of_a_piece_of_work(total, piece, pieces):
    """Four addresses, the last row, how much there is, how much is taken at once, and the begin."""
    asked = []
    loop = Function(lambda place: asked.append(place) or 7, 0)
    arrays, gradients = np.zeros((2, 3), np.int64), np.zeros(2, np.int64)
    offsets, rows = np.array([0, total // 2, total]), np.zeros((2, 4))
    work = steps(loop, arrays, gradients, offsets, rows, piece)
    table = np.ctypeslib.as_array(ctypes.cast(work.place, ctypes.POINTER(ctypes.c_int64)), (8,))
    places = [a.ctypes.data for a in (arrays, gradients, offsets, rows)]
    assert table.tolist() == [*places, 1, total, piece, 0]
    assert work.pieces == pieces
    assert work.run() == 7
    assert asked == [work.place]

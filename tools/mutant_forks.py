"""A pytest plugin that runs the collected tests on many mutants, a forked process each.

mutmut makes the mutants and notes which tests reach which function. The tests are collected
once; each mutant gets a fork of that process and runs the tests that reach the broken function
until one fails: first those that are quick and killed other mutants of that function. JAX has run
nothing before, so a fork is safe. The fates go where mutmut keeps them, into the .meta files.
"""

from __future__ import annotations

import gc
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from mutmut.mutation.trampoline import set_mutant_under_test

SURVIVED, KILLED, UNTESTED, TIMED_OUT, CRASHED = 0, 1, 33, 36, 70  # exit codes, as in mutmut
UNBROKEN = "the unbroken code"
LONG = 3600  # seconds for the unbroken code, which runs all tests
HERE = Path.cwd()  # before a test changes it
UNKNOWN = 0.05
"""Kills that a test is credited with before it ran on any mutant of a function."""
Work = tuple[str, list[pytest.Item]]


class Tests:
    """The collected tests that reach each function, and how often each killed a mutant of it."""

    def __init__(self, items: Sequence[pytest.Item], stats: Path) -> None:
        noted = json.loads(stats.read_text())
        self._seconds = noted["duration_by_test"]
        self._reach = noted["tests_by_mangled_function_name"]
        self._items = {item.nodeid: item for item in items}
        self._kills: Counter[tuple[str, str]] = Counter()

    def of(self, mutant: str) -> list[pytest.Item]:
        """The tests for a mutant: the most kills to expect in a second come first."""
        function = _function(mutant)

        def worth(test: str) -> float:
            kills = UNKNOWN + self._kills[function, test]
            return kills / (0.01 + self._seconds.get(test, 0))

        tests = sorted(self._reach.get(function, []), key=worth, reverse=True)
        return [self._items[test] for test in tests if test in self._items]

    def note(self, mutant: str, killer: str) -> None:
        self._kills[_function(mutant), killer] += 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutants", type=Path, help="a file with their names, one a line")
    parser.addoption("--forks", type=int, default=2, help="how many at a time")
    parser.addoption("--seconds", type=int, default=600, help="after which a mutant is given up")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    option = session.config.option
    names = option.mutants.read_text().split()
    tests = Tests(session.items, Path("mutmut-stats.json"))
    gc.freeze()  # what is shared with the forks stays shared
    needed = {item.nodeid for name in names for item in tests.of(name)}
    clean = [item for item in session.items if item.nodeid in needed]
    if clean and _ended({_fork(UNBROKEN, clean, LONG): UNBROKEN})[1] != SURVIVED:
        pytest.exit(f"tests fail on {UNBROKEN}", returncode=1)
    print(flush=True)
    for done, (name, fate) in enumerate(_fates(names, tests, option.forks, option.seconds), 1):
        _note(name, fate)
        print(f"{done}/{len(names)} {'.' if fate == KILLED else fate} {name}", flush=True)
    return True


def _fates(
    names: Sequence[str], tests: Tests, forks: int, seconds: int
) -> Iterator[tuple[str, int]]:
    """What becomes of every mutant, so many at a time, in the order in which they end."""
    running: dict[int, str] = {}

    def ended() -> tuple[str, int]:
        name, fate, killer = _ended(running)
        if killer:
            tests.note(name, killer)
        return name, fate

    for name in names:
        items = tests.of(name)
        if not items:
            yield name, UNTESTED
            continue
        if len(running) == forks:
            yield ended()
        running[_fork(name, items, seconds)] = name
    while running:
        yield ended()


def _fork(name: str, items: Sequence[pytest.Item], seconds: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = CRASHED
    try:
        signal.alarm(seconds)
        if name != UNBROKEN:
            set_mutant_under_test(name)
            items[0].config.pluginmanager.unregister(name="terminalreporter")
        code = _run(items)
    finally:
        os._exit(code)


def _run(items: Sequence[pytest.Item]) -> int:
    session = items[0].session
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            _killer(os.getpid()).write_text(item.nodeid)
            return KILLED
    return SURVIVED


def _ended(running: dict[int, str]) -> tuple[str, int, str]:
    """The mutant whose process ended first, its fate, and the test that failed."""
    pid, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    killer = _killer(pid).read_text() if _killer(pid).is_file() else ""
    _killer(pid).unlink(missing_ok=True)
    return running.pop(pid), TIMED_OUT if code == -signal.SIGALRM else code, killer


def _killer(pid: int) -> Path:
    """Where a fork leaves the name of the test that failed."""
    return HERE / f"killer-{pid}.txt"


def _function(name: str) -> str:
    return name.rpartition("__mutmut_")[0]


def _note(name: str, fate: int) -> None:
    path = Path("src", *name.split(".")[:-1]).with_suffix(".py.meta")
    meta = json.loads(path.read_text())
    meta["exit_code_by_key"][name] = fate
    path.write_text(json.dumps(meta, indent=4))

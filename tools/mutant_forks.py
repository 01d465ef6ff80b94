"""A pytest plugin that runs the collected tests on many mutants, a forked process each.

mutmut makes the mutants and notes which tests reach which function. The tests are collected
once; each mutant gets a fork of that process and runs the tests that reach the broken function,
the quickest first, until one fails. JAX has run nothing before, so a fork is safe. The fates go
where mutmut keeps them, into the .meta files.
"""

from __future__ import annotations

import gc
import json
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from mutmut.mutation.trampoline import set_mutant_under_test

SURVIVED, KILLED, UNTESTED, TIMED_OUT, CRASHED = 0, 1, 33, 36, 70  # exit codes, as in mutmut
UNBROKEN = "the unbroken code"
LONG = 3600  # seconds for the unbroken code, which runs all tests
Work = tuple[str, list[pytest.Item]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutants", type=Path, help="a file with their names, one a line")
    parser.addoption("--forks", type=int, default=2, help="how many at a time")
    parser.addoption("--seconds", type=int, default=600, help="after which a mutant is given up")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    option = session.config.option
    names = option.mutants.read_text().split()
    reach = _reach(session)
    work = [(name, reach.get(_function(name), [])) for name in names]
    gc.freeze()  # what is shared with the forks stays shared
    needed = {item.nodeid for _, items in work for item in items}
    clean = [(UNBROKEN, [item for item in session.items if item.nodeid in needed])]
    if next(_fates(clean, 1, LONG), (UNBROKEN, SURVIVED))[1] != SURVIVED:
        pytest.exit(f"tests fail on {UNBROKEN}", returncode=1)
    print(flush=True)
    for done, (name, fate) in enumerate(_fates(work, option.forks, option.seconds), 1):
        _note(name, fate)
        print(f"{done}/{len(work)} {'.' if fate == KILLED else fate} {name}", flush=True)
    return True


def _fates(work: Sequence[Work], forks: int, seconds: int) -> Iterator[tuple[str, int]]:
    """What becomes of every mutant, so many at a time, in the order in which they end."""
    running: dict[int, str] = {}
    for name, items in work:
        if not items:
            yield name, UNTESTED
            continue
        if len(running) == forks:
            yield _ended(running)
        running[_fork(name, items, seconds)] = name
    while running:
        yield _ended(running)


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
            return KILLED
    return SURVIVED


def _ended(running: dict[int, str]) -> tuple[str, int]:
    pid, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    return running.pop(pid), TIMED_OUT if code == -signal.SIGALRM else code


def _reach(session: pytest.Session) -> dict[str, list[pytest.Item]]:
    """The collected tests that reach each function, the quickest first."""
    noted = json.loads(Path("mutmut-stats.json").read_text())
    seconds = noted["duration_by_test"]
    items = {item.nodeid: item for item in session.items}
    return {
        function: [items[t] for t in sorted(tests, key=lambda t: seconds.get(t, 0)) if t in items]
        for function, tests in noted["tests_by_mangled_function_name"].items()
    }


def _function(name: str) -> str:
    return name.rpartition("__mutmut_")[0]


def _note(name: str, fate: int) -> None:
    path = Path("src", *name.split(".")[:-1]).with_suffix(".py.meta")
    meta = json.loads(path.read_text())
    meta["exit_code_by_key"][name] = fate
    path.write_text(json.dumps(meta, indent=4))

"""Ctrl-C at any moment: one line, 130, nothing half made, nobody left behind."""

import collections
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .commands import COMMANDS, environment, run, start

pytestmark = pytest.mark.slow
SEEDS, MANY = (11, 12, 13), 100
LONGEST = 10.0  # seconds
LINES = (
    "slalom: interrupted\n",
    "slalom: interrupted; the same command continues where it stopped\n",
)
LONG = ("race", "bowl", "--rule", "adam", "--steps", "20000", "--out", "film.gif")


def left(group, deadline=10.0):
    """Whether a process of the group is still there after a moment."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.01)
    return True


def hidden(folder):
    """Temporary files and folders, which begin with a dot."""
    return sorted(p.name for p in folder.rglob(".*"))


def half(folder):
    """Files that are there and cannot be read as what their ending says."""
    return [p.name for p in folder.rglob("*") if p.is_file() and not whole(p)]


def whole(path):
    content = path.read_bytes()
    begins = {
        ".png": b"\x89PNG", ".gif": b"GIF8", ".pdf": b"%PDF", ".nc": b"\x89HDF", ".svg": b"<?xml",
        ".webp": b"RIFF",
    }  # fmt: skip
    ends = {".png": b"IEND\xaeB`\x82", ".gif": b";", ".pdf": b"%%EOF\n", ".svg": b"</svg>\n"}
    if path.suffix == ".json":
        return isinstance(json.loads(content), dict)
    if path.suffix == ".mp4":
        return b"moov" in content and b"mdat" in content
    begin, end = begins.get(path.suffix, b""), ends.get(path.suffix, b"")
    return content.startswith(begin) and content.endswith(end)


def interrupted(name, folder, env, moment):
    """What comes of a command that is interrupted so many seconds after its start.

    Returns:
        `interrupted`, `finished` where it was done before, `before our first line`, or what is
        wrong.
    """
    ran = start(name, folder, env)
    time.sleep(moment)
    os.killpg(ran.pid, signal.SIGINT)  # as a terminal does
    try:
        _, said = ran.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(ran.pid, signal.SIGKILL)
        return f"{name} at {moment:.3f}: it went on"
    told = [line for line in said.decode().splitlines(True) if not line.startswith("wrote ")]
    wrong = f"{name} at {moment:.3f}: {ran.returncode} {said.decode()[-600:]!r}"
    if left(ran.pid) or hidden(folder) or half(folder):
        return f"left behind: {hidden(folder)}, {half(folder)}; {wrong}"
    if ran.returncode == 130 and len(told) == 1 and told[0] in LINES:
        return "interrupted"
    if (ran.returncode, len(told)) in ((0, 0), (2, 1)):
        return "finished"
    if before_our_first_line(ran.returncode, said.decode()):
        return "before our first line"
    return wrong


def before_our_first_line(status, said):
    """Whether Python was interrupted while it started or looked for the first module of ours."""
    if status == -signal.SIGINT and not said:  # it had no handler yet
        return True
    files = [line for line in said.splitlines() if line.startswith("  File ")]
    ours = [line for line in files if "slalom" in line]
    starting = ("slalom/shutdown.py", "slalom/lazy.py", "slalom/__init__.py", "slalom/__main__.py")
    return "KeyboardInterrupt" in said and all(any(s in line for s in starting) for line in ours)


@pytest.fixture(scope="module")
def ready(cache_folder, tmp_path_factory):
    """An environment in which a race is compiled, so that its time is known."""
    env = environment(cache_folder)
    assert run("race", tmp_path_factory.mktemp("ready"), env)[0] == 0
    return env


@pytest.mark.parametrize("moment", [0.05, 0.2, 0.4, 0.5, 0.6, 0.75, 1.0, 1.5])
def test_at_any_moment(ready, tmp_path, moment):
    """Imports of NumPy and JAX lose an exception, turn it into another, or crash."""
    expected = {"interrupted", "finished", "before our first line"}
    outcome = interrupted("race", tmp_path, ready, moment)
    assert outcome in expected
    if moment >= 1:
        assert outcome != "before our first line"


IMPORTING = """
import os, signal, sys
module = sys.argv.pop(1)
class Interrupting:
    def find_spec(self, name, *_):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from slalom.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("module", ["gc", "typer", "numpy", "numpy.exceptions", "jaxlib._jax"])
def test_while_a_module_is_imported(ready, tmp_path, module):
    """NumPy's compiled part, and nanobind's, make an ImportError of what is raised there."""
    argv = ("race", "bowl", "--rule", "adam", "--steps", "5")
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTING, module, *argv], cwd=tmp_path, env=ready, text=True,
        timeout=60, capture_output=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "slalom: interrupted\n")


LATE = """
import os, signal, sys
class Late:
    def __init__(self):
        self.kill, self.process, self.number = os.kill, os.getpid(), signal.SIGINT
    def __del__(self):
        self.kill(self.process, self.number)
sys.late = Late()  # which goes with the last of the interpreter
from slalom.__main__ import main
sys.exit(main())
"""


def test_when_all_is_done(ready):
    """While the interpreter is taken down, which takes a while with JAX, nothing ends it."""
    ran = subprocess.run(
        [sys.executable, "-c", LATE, "signals"], env=ready, text=True, timeout=60,
        capture_output=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "spikes" in ran.stdout


def begun(folder, ran, pattern):
    """Wait until there is a file of this pattern."""
    deadline = time.monotonic() + 120
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline
        assert ran.poll() is None
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("number", "status", "line"),
    [
        (signal.SIGINT, 130, "slalom: interrupted\n"),
        (signal.SIGTERM, 143, "slalom: terminated\n"),
        (signal.SIGHUP, 129, "slalom: the terminal was closed\n"),
    ],
)
def test_a_film_being_made(ready, tmp_path, number, status, line):
    """The temporary folder goes, and so does ffmpeg, which is in a session of its own."""
    ran = subprocess.Popen(
        [sys.executable, "-m", "slalom", *LONG], cwd=tmp_path, env=ready, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    begun(tmp_path, ran, ".*/film.gif")
    [encoder] = children(ran.pid)
    ran.send_signal(number)
    ran.send_signal(number)  # a second one changes nothing
    _, said = ran.communicate(timeout=60)
    assert (ran.returncode, said) == (status, line)
    assert list(tmp_path.iterdir()) == []
    assert not Path(f"/proc/{encoder}").exists()


def children(process):
    listed = Path(f"/proc/{process}/task/{process}/children")
    if not listed.exists():
        pytest.skip("the system does not list the children of a process")
    return listed.read_text().split()


def test_compiled_code_that_runs_for_long(ready, tmp_path):
    """A loop in XLA returns to Python only when it is done."""
    argv = ("map", "basins", "hills_and_canyon", "--size", "700", "--steps", "5000", "--quiet")
    ran = subprocess.Popen(
        [sys.executable, "-m", "slalom", *argv], cwd=tmp_path, env=ready, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while threads(ran.pid) < 4 or busy(ran.pid) < 3:  # JAX is there, and works
        assert time.monotonic() < deadline
        time.sleep(0.05)
    ran.send_signal(signal.SIGINT)
    sent = time.monotonic()
    _, said = ran.communicate(timeout=60)
    assert (ran.returncode, said) == (130, "slalom: interrupted\n")
    assert time.monotonic() - sent < 20


def threads(process):
    return len(list(Path(f"/proc/{process}/task").iterdir()))


def busy(process):
    """Seconds of computing."""
    facts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(facts[11]) + int(facts[12])) / os.sysconf("SC_CLK_TCK")


def test_processes_that_are_just_starting(ready, tmp_path):
    """They get what the terminal sends too, before they can say that they ignore it."""
    ran = start("claims", tmp_path, ready)
    deadline = time.monotonic() + 60
    while len(children(ran.pid)) < 2:
        assert time.monotonic() < deadline
        assert ran.poll() is None
    os.killpg(ran.pid, signal.SIGINT)
    _, said = ran.communicate(timeout=60)
    assert (ran.returncode, said.decode()) == (130, "slalom: interrupted\n")
    assert not left(ran.pid)
    assert list(tmp_path.iterdir()) == []


def test_a_bar_on_a_terminal_is_taken_back(ready, tmp_path):
    """The cursor, which the bar hides, is shown again, and the line stands alone."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    ran = subprocess.Popen(
        [sys.executable, "-m", "slalom", *LONG], cwd=tmp_path, env=ready | {"TERM": "xterm"},
        stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while b"drawing" not in shown:
        shown += os.read(ours, 4096)
    ran.send_signal(signal.SIGINT)
    with contextlib.suppress(OSError):  # which is how a terminal ends
        while True:
            shown += os.read(ours, 4096)
    assert ran.wait(timeout=60) == 130
    assert shown.count(b"\x1b[?25h") == shown.count(b"\x1b[?25l") > 0
    last = shown.rpartition(b"\x1b[2K")[2]  # what came after the line was cleared
    assert last.endswith(b"slalom: interrupted\r\n")
    os.close(ours)


API = """
import sys, threading, time, signal, os
from pathlib import Path
import slalom
race = slalom.race("bowl", ["adam"], steps=20000)
def interrupt():
    while not list(Path(".").glob(".*/film.gif")):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    slalom.animate(race, "film.gif")
except KeyboardInterrupt:
    print("KeyboardInterrupt", os.listdir("."))
"""


def test_in_python_it_stays_a_keyboard_interrupt(ready, tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", API], cwd=tmp_path, env=ready, text=True, timeout=120,
        capture_output=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "KeyboardInterrupt []\n", "")


@pytest.mark.faults
@pytest.mark.parametrize("seed", SEEDS)
def test_many_at_random(ready, tmp_path, seed):
    """Over all commands, at moments up to the time that each takes as far as is known."""
    chance, found, wrong = random.Random(seed), collections.Counter(), []
    longest = dict.fromkeys(COMMANDS, LONGEST)
    for count in range(MANY):
        name = chance.choice(list(COMMANDS))
        (folder := tmp_path / str(count)).mkdir()
        moment = chance.uniform(0, longest[name])
        outcome = interrupted(name, folder, ready, moment)
        if outcome == "finished":
            longest[name] = moment
        known = outcome in ("interrupted", "finished", "before our first line")
        found[outcome if known else "wrong"] += 1
        wrong += [] if known else [outcome]
        print(count, name, f"{moment:.3f}", outcome, flush=True)  # noqa: T201
    print(dict(found), wrong)  # noqa: T201
    assert wrong == []
